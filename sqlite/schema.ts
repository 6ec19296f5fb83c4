/**
 * The tables, as a list of migrations: entry n brings a file from schema version n to n + 1. An entry that was
 * released is never changed; a change of the tables is a new entry. States are stored by name and JSON as text,
 * so that the file can be read with any SQLite shell.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE job (
    process_name TEXT NOT NULL,
    timeperiod TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    related_uow TEXT,
    uow_count INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    redo INTEGER NOT NULL,
    consumed TEXT,
    PRIMARY KEY (process_name, timeperiod)
  ) WITHOUT ROWID;

  -- epoch: of the scheduler that last changed the unit; claims and reports are journaled under it.
  -- due_at: when the collector looks at an unfinished unit (rung, lease, retry); null while it need not.
  CREATE TABLE unit_of_work (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    process_name TEXT NOT NULL,
    entry_name TEXT,
    timeperiod TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    start_timeperiod TEXT NOT NULL,
    end_timeperiod TEXT NOT NULL,
    start_id INTEGER,
    end_id INTEGER,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    token TEXT,
    lease_owner TEXT,
    lease_expires_at INTEGER,
    source TEXT,
    sink TEXT,
    arguments TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    submitted_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    processed INTEGER NOT NULL,
    aggregated INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    retry_at INTEGER,
    error TEXT,
    progress TEXT,
    epoch INTEGER NOT NULL,
    due_at INTEGER GENERATED ALWAYS AS (
      CASE state WHEN 'REQUESTED' THEN submitted_at WHEN 'IN_PROGRESS' THEN lease_expires_at WHEN 'INVALID' THEN retry_at END
    ) VIRTUAL
  );
  CREATE INDEX uow_of_process ON unit_of_work (process_name, timeperiod);
  CREATE INDEX uow_by_state ON unit_of_work (state, due_at) WHERE state <> 'PROCESSED';

  CREATE TABLE transition (
    sequence INTEGER PRIMARY KEY,
    entity_kind TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    "from" TEXT,
    "to" TEXT NOT NULL,
    event TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    epoch INTEGER NOT NULL,
    attempt INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX transition_of_entity ON transition (entity_id, version);

  CREATE TABLE rejected_report (
    id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    token TEXT NOT NULL,
    event TEXT NOT NULL,
    processed INTEGER NOT NULL,
    aggregated INTEGER NOT NULL,
    error TEXT,
    retry_at INTEGER,
    at INTEGER NOT NULL,
    owner TEXT NOT NULL,
    because TEXT NOT NULL
  );

  CREATE TABLE log_record (
    parent_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    stream TEXT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (parent_id, sequence, attempt)
  ) WITHOUT ROWID;
  CREATE INDEX log_by_age ON log_record (at);

  CREATE TABLE managed_process (
    process_name TEXT PRIMARY KEY NOT NULL,
    "on" INTEGER NOT NULL,
    trigger TEXT,
    arguments TEXT,
    updated_at INTEGER NOT NULL
  );

  CREATE TABLE freerun_process (
    process_name TEXT NOT NULL,
    entry_name TEXT NOT NULL,
    trigger TEXT NOT NULL,
    arguments TEXT NOT NULL,
    "on" INTEGER NOT NULL,
    overlap TEXT NOT NULL,
    missed TEXT NOT NULL,
    description TEXT NOT NULL,
    origin TEXT NOT NULL,
    last_fired_at INTEGER,
    related_uow TEXT,
    buffered INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (process_name, entry_name)
  );

  CREATE TABLE command (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    arguments TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    finished_at INTEGER,
    result TEXT
  );
  CREATE INDEX command_by_state ON command (state);

  CREATE TABLE box (
    box_id TEXT NOT NULL,
    unit TEXT NOT NULL,
    desired TEXT NOT NULL,
    actual TEXT NOT NULL,
    pid INTEGER,
    started_at INTEGER,
    restarts INTEGER NOT NULL,
    last_exit TEXT,
    rss_bytes INTEGER,
    cpu_percent REAL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (box_id, unit)
  );

  CREATE TABLE fact (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE source_row (
    collection TEXT NOT NULL,
    id INTEGER NOT NULL,
    timeperiod TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (collection, id)
  ) WITHOUT ROWID;
  CREATE INDEX source_row_of_period ON source_row (collection, timeperiod, id);

  CREATE TABLE watermark (
    collection TEXT PRIMARY KEY NOT NULL,
    instant INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE sink_document (
    collection TEXT NOT NULL,
    timeperiod TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (collection, timeperiod, key)
  ) WITHOUT ROWID;

  -- visible_at is part of the key: taking a message moves it, so a claim needs no second index, and a
  -- receipt (visible_at, id) expires by itself when the message is handed out again.
  CREATE TABLE message (
    queue TEXT NOT NULL,
    visible_at INTEGER NOT NULL,
    id INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (queue, visible_at, id)
  ) WITHOUT ROWID;
  `,
  `
  ALTER TABLE unit_of_work ADD COLUMN released TEXT;
  ALTER TABLE freerun_process ADD COLUMN seen_until INTEGER;
  UPDATE freerun_process SET seen_until = last_fired_at;
  `,
  `
  -- One row: the latest epoch begun by a scheduler.
  CREATE TABLE epoch (latest INTEGER NOT NULL);
  INSERT INTO epoch VALUES (0);
  `,
  `
  -- The latest units of a process, in the order in which they were made.
  CREATE INDEX uow_by_process ON unit_of_work (process_name);
  `,
  `
  -- Not with IN: SQLite would build its list anew for every row that is written.
  CREATE INDEX transition_of_finished_job ON transition (at)
    WHERE entity_kind = 'job' AND ("to" = 'PROCESSED' OR "to" = 'SKIPPED' OR "to" = 'NOOP');
  `,
  `
  ALTER TABLE rejected_report ADD COLUMN earlier INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX rejected_of_unit ON rejected_report (id);
  `,
  `
  -- The instant of a unit that was prepared ahead of it used to be its date of creation.
  ALTER TABLE unit_of_work ADD COLUMN not_before INTEGER;
  UPDATE unit_of_work SET not_before = created_at, created_at = submitted_at
    WHERE state = 'REQUESTED' AND created_at > submitted_at;
  `,
  `
  -- The name that its collection has in every store.
  ALTER TABLE box RENAME TO box_configuration;
  `,
  `
  -- The units of an entry, in the order in which they were made; jobs have none in it.
  CREATE INDEX uow_of_entry ON unit_of_work (process_name, entry_name) WHERE kind = 'freerun';
  CREATE TABLE expired_history (
    entity TEXT PRIMARY KEY NOT NULL,
    uows INTEGER NOT NULL,
    transitions INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    "from" INTEGER NOT NULL,
    "to" INTEGER NOT NULL,
    step TEXT NOT NULL
  );
  CREATE TABLE expired_job (
    process_name TEXT NOT NULL,
    timeperiod TEXT NOT NULL,
    uows INTEGER NOT NULL,
    head TEXT,
    step TEXT NOT NULL,
    PRIMARY KEY (process_name, timeperiod)
  );
  `,
  `
  ALTER TABLE freerun_process ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE freerun_process ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Units in the order in which they were made, by all they are listed by.
  DROP INDEX uow_of_process;
  DROP INDEX uow_by_process;
  DROP INDEX uow_of_entry;
  CREATE INDEX uow_of_job ON unit_of_work (process_name, timeperiod, created_at);
  CREATE INDEX uow_of_process ON unit_of_work (process_name, created_at);
  CREATE INDEX uow_of_entry ON unit_of_work (process_name, entry_name, created_at) WHERE kind = 'freerun';
  CREATE INDEX uow_by_time ON unit_of_work (created_at);
  -- By state those alone that ended otherwise than most, or wait for a person. PROCESSED are nearly all: they are found among
  -- all, and cost nothing here. What the collector looks at is little, and in uow_by_state.
  CREATE INDEX settled_uow ON unit_of_work (state, created_at) WHERE due_at IS NULL AND state <> 'PROCESSED';
  CREATE INDEX settled_uow_of_process ON unit_of_work (process_name, state, created_at)
    WHERE due_at IS NULL AND state <> 'PROCESSED';
  CREATE INDEX settled_uow_of_entry ON unit_of_work (process_name, entry_name, state, created_at)
    WHERE kind = 'freerun' AND due_at IS NULL AND state <> 'PROCESSED';
  `,
  `
  ALTER TABLE expired_job DROP COLUMN head;
  CREATE TABLE expired_journal (
    entity TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    published INTEGER NOT NULL,
    step TEXT NOT NULL
  );
  `,
  `
  ALTER TABLE freerun_process ADD COLUMN owed_arguments TEXT;
  `,
  `
  -- By the monotonic clock of the machine, ms.
  CREATE TABLE member (
    cluster TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    beat_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (cluster, id)
  );
  `,
];

/** Version of the tables this program works with; SQLite keeps it in `user_version`. */
export const SCHEMA_VERSION = migrations.length;
