-- As many areas as England has, with people in them and ten times as many attendances, in one school
-- year. Squares of half a kilometre, 110 to an authority; which tenth is most deprived is dealt out by
-- number, and the more deprived an area is the fewer come: a gap that one can look for.
-- :areas, :learners, :sessions, :times and :starts are set by bench.reach.
SET session_replication_role = replica;

INSERT INTO city (id, slug, name, name_cy, authority_name)
SELECT n, 'authority-' || n, 'Authority ' || n, 'Authority ' || n, 'Council ' || n
FROM generate_series(1, (:areas - 1) / 110 + 1) n;

INSERT INTO city_district (city_id, district_code)
SELECT id, 'E' || lpad((7000000 + id)::text, 8, '0') FROM city;

INSERT INTO area (lsoa_code, name, district_code, district_name, ward_code, ward_name, boundary, centre)
SELECT 'E' || lpad((1000000 + n)::text, 8, '0'), 'Area ' || n,
       'E' || lpad((7000001 + n / 110)::text, 8, '0'), 'District ' || n / 110,
       'E' || lpad((5000000 + n / 5)::text, 8, '0'), 'Ward ' || n / 5,
       ST_Multi(ST_MakeEnvelope(x, y, x + .007, y + .0045, 4326)),
       ST_SetSRID(ST_MakePoint(x + .0035, y + .00225), 4326)::geography
FROM (SELECT n, -4 + (n % 600) * .007 AS x, 51 + (n / 600) * .0045 AS y
      FROM generate_series(0, :areas - 1) n) spread;

INSERT INTO deprivation (edition, lsoa_code, score, rank, decile)
SELECT edition, lsoa_code, 1, 1 + substring(lsoa_code FROM 2)::int % :areas,
       1 + (substring(lsoa_code FROM 2)::int + shift) % 10
FROM area, (VALUES ('iod2025', 0), ('iod2019', 3)) e (edition, shift);

INSERT INTO population_band (source, lsoa_code, from_age, to_age, people)
SELECT 'census2021', lsoa_code, 11, 24, 200 + substring(lsoa_code FROM 2)::int % 120 FROM area;

INSERT INTO user_account
    (id, uuid, role, name, email, language, subject_uuid, session_key, created_at)
VALUES (1, gen_random_uuid(), 'provider_staff', 'Door', 'door@bench.example', 'en',
        gen_random_uuid(), 'door', :starts);

INSERT INTO user_account
    (id, uuid, role, name, language, pass_code, pin_hash, age_band, home_lsoa_code, subject_uuid,
     session_key, created_at)
SELECT 1 + n, gen_random_uuid(), 'learner', 'L', 'en', 'P' || n, 'none',
       (ARRAY['11-12', '13-15', '16-17', '18-24'])[1 + n % 4],
       'E' || lpad((1000000 + (n::bigint * 7919) % :areas)::text, 8, '0'),
       gen_random_uuid(), n::text, :starts
FROM generate_series(1, :learners) n;

INSERT INTO provider
    (id, uuid, slug, name, kind, description, safeguarding_lead, city_id, status, applied_at)
VALUES (1, gen_random_uuid(), 'p', 'P', 'youth_group', '', '', 1, 'applied', :starts);

INSERT INTO place (id, uuid, name, address, step_free, point, lsoa_code)
SELECT row_number() OVER (), gen_random_uuid(), name, '', true, centre, lsoa_code FROM area;

INSERT INTO opportunity (id, uuid, slug, provider_id, place_id, title, description, kind, category,
    min_age, max_age, cost_pence, welcome, status, published_at, checked_at)
SELECT n, gen_random_uuid(), 'o' || n, 1, 1 + n % :areas, 'O', '',
       (ARRAY['enrichment', 'volunteering', 'work_experience'])[1 + n % 3],
       (ARRAY['civic', 'arts_and_culture', 'nature_and_adventure', 'sport', 'life_skills'])[1 + n % 5],
       11, 24, 0, '{}', 'published', :starts, :starts
FROM generate_series(1, :sessions / 10) n;

INSERT INTO scheduled_session (id, uuid, opportunity_id, starts_at, ends_at, maximum_capacity,
    remaining_capacity)
SELECT n, gen_random_uuid(), 1 + n % (:sessions / 10), at, at + interval '2 hours', 100000, 100000
FROM (SELECT n, :starts + interval '10 hours' + (n % 364) * interval '1 day' AS at
      FROM generate_series(1, :sessions) n) dated;

-- Each came :times times on average: from one to twice as many, fewer where it is more deprived.
INSERT INTO booking (id, uuid, learner_id, scheduled_session_id, status, access_needs, booked_at)
SELECT row_number() OVER (), gen_random_uuid(), learner, session, 'confirmed', '', :starts
FROM (SELECT id AS learner, 1 + (id * 7919 + k * 104729) % :sessions AS session
      FROM user_account, generate_series(1, 1 + ((id * 31) % (2 * :times - 1))::int) k
      WHERE role = 'learner' AND (id * 13) % 10 < 5 + substring(home_lsoa_code FROM 2)::int % 10)
     came;

INSERT INTO attendance (booking_id, uuid, confirmed_by_id, confirmed_at, method, minutes, home_lsoa_code)
SELECT b.id, gen_random_uuid(), 1, :starts, 'tap', 120, u.home_lsoa_code
FROM booking b JOIN user_account u ON u.id = b.learner_id;

SET session_replication_role = DEFAULT;
