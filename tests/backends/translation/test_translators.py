"""The contract of every translator, against a service that answers rightly, badly or never."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from app.backends.translation import TranslationError, Translator, get_translator, http
from app.backends.translation.libretranslate import LibreTranslator
from app.backends.translation.microsoft import URL, MicrosoftTranslator
from app.backends.translation.none import NoTranslator
from tests.support.translators import LIES, Service

KEY = "hunter2"


@pytest.fixture(params=["microsoft", "libretranslate"])
def translator(request: pytest.FixtureRequest, service: Service) -> Translator:
    if request.param == "microsoft":
        return MicrosoftTranslator(KEY, "westus", service.url + "/translate")
    return LibreTranslator(service.url, KEY)


@pytest.fixture
def little_time(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.4)
    return monkeypatch


def failure(translator: Translator) -> str:
    with pytest.raises(TranslationError) as raised:
        translator.translate("Hola, vecinos", "es", "en")
    text = str(raised.value)
    assert KEY not in text and "Hola" not in text
    return text


def test_a_text_comes_back_in_the_other_language(translator: Translator) -> None:
    text = 'Hola, "vecinos" 你好 🙂\n\n<b>&amp;'
    assert translator.translate(text, "es", "en") == f"[en] {text}"


def test_the_longest_post_fits(translator: Translator) -> None:
    text = "漢" * 10_000
    assert translator.translate(text, "ja", "en").endswith(text)


def test_microsoft_gets_the_text_the_codes_and_its_key(service: Service) -> None:
    MicrosoftTranslator(KEY, "westus", service.url + "/translate").translate("Hei", "no", "zh")
    [asked] = service.asked
    assert asked.query == {"api-version": ["3.0"], "from": ["nb"], "to": ["zh-Hans"]}
    assert asked.question == [{"Text": "Hei"}]
    assert asked.headers["Ocp-Apim-Subscription-Key"] == KEY
    assert asked.headers["Ocp-Apim-Subscription-Region"] == "westus"
    assert "Cookie" not in asked.headers and "User-Agent" not in asked.headers


def test_libretranslate_gets_the_text_the_codes_and_perhaps_a_key(service: Service) -> None:
    LibreTranslator(service.url).translate("Hei", "no", "en")
    LibreTranslator(service.url + "/sub", KEY).translate("Hei", "de", "en")
    first, second = service.asked
    assert first.path == "/translate" and second.path == "/sub/translate"
    assert first.question == {"q": "Hei", "source": "nb", "target": "en", "format": "text"}
    assert second.question["api_key"] == KEY


@pytest.mark.parametrize(
    "manner", [*LIES, "garbage", "deep garbage", "100 kB", "no HTTP", "hang up", "redirect"]
)
def test_what_is_no_translation_is_a_failure(
    service: Service, translator: Translator, manner: str
) -> None:
    service.manner = manner
    failure(translator)
    assert len(service.asked) == 1, "a redirect is not followed"


@pytest.mark.parametrize("status", ["201", "204", "401", "403", "429", "500", "503"])
def test_every_other_status_is_a_failure(
    service: Service, translator: Translator, status: str
) -> None:
    service.manner = status
    assert failure(translator) == f"status {status}"


@pytest.mark.parametrize("manner", ["hang", "drip"])
def test_a_service_that_takes_its_time_is_given_up(
    service: Service, translator: Translator, little_time: pytest.MonkeyPatch, manner: str
) -> None:
    service.manner = manner
    begun = time.monotonic()
    assert failure(translator) == "timed out"
    # The service would have taken 20 seconds.
    assert time.monotonic() - begun < 10
    # And what waited for it is free again, although the service still talks.
    service.manner = "right"
    little_time.undo()
    for _ in range(http.CALLS_MAX + 1):
        wait_for_slots()
        assert translator.translate("Hola", "es", "en") == "[en] Hola"


def wait_for_slots() -> None:
    deadline = time.monotonic() + 15
    while http._slots._value < http.CALLS_MAX:
        assert time.monotonic() < deadline, "a call that was given up goes on"
        time.sleep(0.01)


@pytest.mark.usefixtures("little_time")
def test_only_some_wait_at_once_and_the_others_are_told_so(
    service: Service, translator: Translator
) -> None:
    service.manner = "hang"
    with ThreadPoolExecutor(6) as pool:
        texts = sorted(pool.map(failure, [translator] * 6))
    assert texts.count("too many concurrent requests") == 6 - http.CALLS_MAX
    wait_for_slots()


def test_nobody_there_is_a_failure(free_port: int) -> None:
    assert failure(LibreTranslator(f"http://127.0.0.1:{free_port}")) == "ConnectionRefusedError"
    assert failure(LibreTranslator(f"https://127.0.0.1:{free_port}")) == "ConnectionRefusedError"


def test_a_service_without_a_good_certificate_is_a_failure(service: Service) -> None:
    failure(LibreTranslator(service.url.replace("http:", "https:")))
    assert service.asked == []


def test_the_settings_choose_the_service(app: Flask) -> None:
    assert isinstance(get_translator(), NoTranslator)
    assert not get_translator().is_available
    failure(get_translator())
    app.config.update(LIBRETRANSLATE_URL="http://localhost:5001", LIBRETRANSLATE_KEY=KEY)
    assert get_translator() == LibreTranslator("http://localhost:5001", KEY)
    app.config["MS_TRANSLATOR_KEY"] = KEY
    assert get_translator() == MicrosoftTranslator(KEY, "westus", URL)
    assert get_translator().is_available
    assert KEY not in repr(get_translator())
