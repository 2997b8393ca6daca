"""Galeno's entry, for ``make run`` and for a Space: settings -> build -> launch."""

import logging

from assistant.errors import GalenoError
from assistant.loading import coming_models
from assistant.settings import SettingError, read_settings
from ui import upload_folder
from ui.memory import keep_memory_together, nothing_collected


def main() -> None:
    keep_memory_together()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        with nothing_collected():
            settings = read_settings()
            upload_folder.prepare()
            models = coming_models(settings)
            # Only now: Gradio asks for the upload folder when it is imported.
            from ui.chat import build_page
            from ui.launch import launch_options

            page = build_page(models, settings)
            page.launch(prevent_thread_lock=True, **launch_options(settings, models))
    except (SettingError, GalenoError) as error:
        raise SystemExit(f"galeno: {error}") from None
    except FileNotFoundError as error:
        raise SystemExit(f"galeno: {error.filename or error} is missing: restore it from git") from None
    except OSError as error:  # the port is taken, for one
        raise SystemExit(f"galeno: {error}") from None
    models.begin()  # not before: what is first is that the page answers
    print(f"Galeno is at http://{settings.host}:{page.server_port}", flush=True)
    page.block_thread()


if __name__ == "__main__":
    main()
