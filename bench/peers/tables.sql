-- What the peers read besides the site's own tables. It is made for them to look good: one flat
-- table of what is open, already joined, with each index that their queries can use.
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;

CREATE TABLE peer.open_opportunity AS
SELECT o.id, o.title, o.kind, o.category, o.min_age, o.max_age, o.cost_pence,
    v.name AS place_name, p.name AS provider_name, coming.next_start,
    v.point::geometry(Point, 4326) AS geom
FROM opportunity o
JOIN place v ON v.id = o.place_id
JOIN provider p ON p.id = o.provider_id
CROSS JOIN LATERAL (
    SELECT min(starts_at) AS next_start FROM scheduled_session c
    WHERE c.opportunity_id = o.id AND c.starts_at > now() AND c.remaining_capacity > 0
) coming
WHERE o.status = 'published' AND p.status = 'verified' AND coming.next_start IS NOT NULL
    AND o.checked_at > now() - interval '180 days';
ALTER TABLE peer.open_opportunity ADD PRIMARY KEY (id);
CREATE INDEX ON peer.open_opportunity USING gist (geom);

-- The words of every opportunity, as a column of the normalised tables would hold them.
CREATE TABLE peer.opportunity_words AS
SELECT o.id AS opportunity_id,
    words_of(o.title, o.description, coalesce(a.name, ''), coalesce(a.skills, '{}'), p.name,
        v.name, o.kind, o.category) AS words
FROM opportunity o
JOIN place v ON v.id = o.place_id
JOIN provider p ON p.id = o.provider_id
LEFT JOIN achievement a ON a.id = o.achievement_id;
ALTER TABLE peer.opportunity_words ADD PRIMARY KEY (opportunity_id);
CREATE INDEX ON peer.opportunity_words USING gin (words);
ANALYZE peer.open_opportunity, peer.opportunity_words;
