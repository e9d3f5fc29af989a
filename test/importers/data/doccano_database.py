"""Sets doccano up on a scratch database, for generate_doccano.py in the folders here: imported before doccano's own.

python3 -m venv /tmp/doccano
/tmp/doccano/bin/pip install doccano==1.8.4 "marshmallow<4" "numpy<2" "pandas<3"
"""

import os
import sys
import tempfile
from pathlib import Path

import backend

scratch = tempfile.TemporaryDirectory()
sys.path.insert(0, str(Path(backend.__file__).parent))
os.environ.update(
    DJANGO_SETTINGS_MODULE="config.settings.development",
    DATABASE_URL=f"sqlite:///{scratch.name}/doccano.db",
    DOCCANO_HOME=scratch.name,
    STANDALONE="True",
)

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)
