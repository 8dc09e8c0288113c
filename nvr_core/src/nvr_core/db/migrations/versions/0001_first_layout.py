"""First layout

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one layout forward."""
    _create_accounts()
    _create_configuration()
    _create_recordings()


def _create_accounts() -> None:
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("username", sa.String(64), nullable=False, unique=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "auth_session",
        sa.Column("id", sa.String(64), primary_key=True),
        _reference("user_id", "user.id", ondelete="CASCADE"),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("last_used_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("user_agent", sa.String(300), nullable=False),
    )
    op.create_index("ix_auth_session_user_id", "auth_session", ["user_id"])
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("user_id", "user.id", ondelete="CASCADE"),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("last_used_us", sa.BigInteger()),
    )
    op.create_index("ix_api_token_user_id", "api_token", ["user_id"])


def _create_configuration() -> None:
    op.create_table(
        "camera",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("plugin", sa.String(64), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("config_version", sa.Integer(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("streams", sa.JSON(), nullable=False),
        sa.Column("recorded_streams", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "camera_health",
        sa.Column("camera_id", sa.String(64), primary_key=True),
        sa.Column("stream", sa.String(8), primary_key=True),
        sa.Column("status", sa.JSON(), nullable=False),
        sa.Column("checked_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "plugin",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "plugin_config",
        sa.Column("plugin_id", sa.String(64), primary_key=True),
        sa.Column("component", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("value", sa.JSON(), nullable=False),
    )


def _create_recordings() -> None:
    op.create_table(
        "storage",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False, unique=True),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("reserve_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "stream",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("camera_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(8), nullable=False),
        sa.UniqueConstraint("camera_id", "name"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("stream_id", "stream.id"),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("init", sa.LargeBinary(), nullable=False),
        sa.Column("mime", sa.String(120), nullable=False),
    )
    op.create_index("ix_run_stream_start", "run", ["stream_id", "start_us"])
    op.create_table(
        "segment",
        sa.Column("stream_id", sa.Integer(), sa.ForeignKey("stream.id"), primary_key=True),
        sa.Column("start_us", sa.BigInteger(), primary_key=True),
        sa.Column("duration_us", sa.Integer(), nullable=False),
        _reference("run_id", "run.id"),
        sa.Column("base_ticks", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        _reference("storage_id", "storage.id"),
        sa.Column("suffix", sa.Integer(), nullable=False),
        sa.Column("keyframes", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_segment_run_id", "segment", ["run_id"])
    op.create_table(
        "gap",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("stream_id", "stream.id"),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
    )
    op.create_index("ix_gap_stream_start", "gap", ["stream_id", "start_us"])
    op.create_table(
        "garbage",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
    )


def _reference(name: str, target: str, ondelete: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(target, ondelete=ondelete), nullable=False)


def downgrade() -> None:
    """Go one layout back: to an empty database."""
    for table in (
        "garbage",
        "gap",
        "segment",
        "run",
        "stream",
        "storage",
        "setting",
        "plugin_config",
        "plugin",
        "camera_health",
        "camera",
        "api_token",
        "auth_session",
        "user",
    ):
        op.drop_table(table)
