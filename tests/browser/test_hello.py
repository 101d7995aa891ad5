"""A hello in a learner's own voice, as a browser plays it, and where a pathway leads to others."""


def test_a_hello_plays_on_the_profile_and_nothing_of_it_comes_before(visit):
    page = visit("learner")
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))

    page.goto("/me", wait_until="networkidle")

    assert [each for each in fetched if "/evidence/files/" in each] == []
    seconds = page.evaluate(
        """async () => {
            const sound = document.querySelector('#hello audio');
            sound.load();
            sound.muted = true;
            await sound.play();
            return sound.duration;
        }"""
    )
    assert 0.5 < seconds < 10
    assert "I am Seren." in page.locator("#hello").inner_text()


def test_a_pathway_ends_with_adverts_that_open_nothing_by_themselves(visit):
    page = visit("learner")
    strange = []
    page.on("request", lambda request: strange.append(request.url))
    page.goto("/pathways")
    page.locator("main a", has_text="Find your thing").click()
    page.wait_for_load_state("networkidle")

    links = page.locator("#adverts a")

    assert links.count() == 3
    for link in links.all():
        assert link.get_attribute("rel") == "noopener noreferrer nofollow"
    assert [each for each in strange if "jobs.example.org" in each] == []
