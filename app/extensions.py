"""The extensions, unbound: `create_app` gives each its app."""

import flask_mail
from flask import current_app
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Constraint names are spelled out, since both databases must be able to drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Mail(flask_mail.Mail):
    """Opens the connections of our mail back end, since Flask-Mail's own can hang forever."""

    def connect(self) -> flask_mail.Connection:
        opened: flask_mail.Connection = current_app.extensions["mail_connection"](
            current_app.extensions["mail"]
        )
        return opened


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate()
login = LoginManager()
babel = Babel()
mail = Mail()
