/**
 * The schema as it is now, for a new database: what all migrations together make of an empty one, in a third of the time.
 */
export const schema = `
  CREATE TABLE organization (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    api_access_list_required INTEGER NOT NULL DEFAULT 0,
    details TEXT NOT NULL DEFAULT '{}'
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE project (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organization,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    cluster_count INTEGER NOT NULL,
    tags TEXT NOT NULL,
    with_default_alerts_settings INTEGER NOT NULL,
    rate_limit TEXT,
    lifecycle TEXT,
    details TEXT NOT NULL DEFAULT '{}'
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX project_by_organization ON project (org_id, name, id);

  CREATE TABLE credential (
    kind TEXT NOT NULL CHECK (kind IN ('apiKey', 'serviceAccount')),
    id TEXT NOT NULL,
    secret TEXT NOT NULL,
    org_id TEXT NOT NULL REFERENCES organization,
    roles TEXT NOT NULL,
    access_list TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX credential_by_organization ON credential (org_id);

  CREATE TABLE revoked_token (
    id TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX revoked_token_by_expiry ON revoked_token (expires_at);

  CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE world_property (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE fault (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    matched INTEGER NOT NULL,
    fired INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE snapshot (
    name TEXT PRIMARY KEY,
    taken_at INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE thing (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    place TEXT,
    data TEXT NOT NULL,
    transitions TEXT NOT NULL,
    gone_at INTEGER,
    begins_at INTEGER,
    UNIQUE (id, kind),
    UNIQUE (owner_id, kind, place)
  ) STRICT;
  CREATE INDEX thing_by_end ON thing (owner_id, kind, gone_at) WHERE gone_at IS NOT NULL;

  CREATE TABLE resource_version (
    resource TEXT NOT NULL,
    date TEXT NOT NULL,
    sunset TEXT,
    PRIMARY KEY (resource, date)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE response (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    answer TEXT NOT NULL,
    turn INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE tenant (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE REFERENCES organization,
    name TEXT NOT NULL,
    project_id TEXT NOT NULL,
    public_key TEXT,
    client_id TEXT,
    created INTEGER NOT NULL,
    expires_at INTEGER,
    rate_limit TEXT,
    lifecycle TEXT,
    faults TEXT NOT NULL
  ) STRICT;

  CREATE TABLE thing_count (
    kind TEXT PRIMARY KEY,
    stored INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX thing_by_beginning ON thing (kind, begins_at) WHERE begins_at IS NOT NULL;
  CREATE TRIGGER thing_uncounted AFTER DELETE ON thing BEGIN
    INSERT INTO thing_count (kind, stored) VALUES (OLD.kind, -1) ON CONFLICT (kind) DO UPDATE SET stored = stored - 1;
  END;
`

/**
 * How a database of an older version becomes one of this: a step per released version of the schema. A step, once
 * released, never changes: add another, and change `schema` with it. The number of steps that a file has seen is its
 * `user_version`.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE organization (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE project (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organization,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    cluster_count INTEGER NOT NULL,
    tags TEXT NOT NULL,
    with_default_alerts_settings INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX project_by_organization ON project (org_id, name, id);

  CREATE TABLE credential (
    kind TEXT NOT NULL CHECK (kind IN ('apiKey', 'serviceAccount')),
    id TEXT NOT NULL,
    secret TEXT NOT NULL,
    org_id TEXT NOT NULL REFERENCES organization,
    roles TEXT NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX credential_by_organization ON credential (org_id);

  CREATE TABLE private_endpoint (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project_id TEXT NOT NULL REFERENCES project,
    cloud_provider TEXT NOT NULL,
    region_name TEXT NOT NULL,
    vpc_region_name TEXT NOT NULL,
    transitions TEXT NOT NULL,
    gone_at INTEGER,
    UNIQUE (project_id, cloud_provider, region_name, vpc_region_name)
  ) STRICT;
  CREATE INDEX private_endpoint_oldest_first ON private_endpoint (project_id, cloud_provider, sequence);
  CREATE INDEX private_endpoint_by_end ON private_endpoint (project_id, gone_at) WHERE gone_at IS NOT NULL;

  CREATE TABLE revoked_token (
    id TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX revoked_token_by_expiry ON revoked_token (expires_at);

  CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE organization ADD COLUMN api_access_list_required INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE project ADD COLUMN rate_limit TEXT;
  ALTER TABLE credential ADD COLUMN access_list TEXT NOT NULL DEFAULT '[]';

  CREATE TABLE private_endpoint_version (
    date TEXT PRIMARY KEY,
    sunset TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE project ADD COLUMN lifecycle TEXT;

  CREATE TABLE world_property (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE fault (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    matched INTEGER NOT NULL,
    fired INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE snapshot (
    name TEXT PRIMARY KEY,
    taken_at INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  DROP INDEX private_endpoint_oldest_first;
  `,
  // The things of projects and organizations share one table, and any resource can have versions of its own.
  `
  CREATE TABLE thing (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    place TEXT,
    data TEXT NOT NULL,
    transitions TEXT NOT NULL,
    gone_at INTEGER,
    begins_at INTEGER,
    UNIQUE (id, kind),
    UNIQUE (owner_id, kind, place)
  ) STRICT;
  CREATE INDEX thing_by_end ON thing (owner_id, kind, gone_at) WHERE gone_at IS NOT NULL;
  INSERT INTO thing (sequence, kind, id, owner_id, place, data, transitions, gone_at)
    SELECT sequence, 'privateEndpoints', id, project_id,
      region_name || ' ' || vpc_region_name,
      json_object('cloudProvider', cloud_provider, 'regionName', region_name, 'vpcRegionName', vpc_region_name),
      transitions, gone_at
    FROM private_endpoint ORDER BY sequence;
  DROP TABLE private_endpoint;

  CREATE TABLE resource_version (
    resource TEXT NOT NULL,
    date TEXT NOT NULL,
    sunset TEXT,
    PRIMARY KEY (resource, date)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO resource_version (resource, date, sunset)
    SELECT 'privateEndpoints', date, sunset FROM private_endpoint_version;
  DROP TABLE private_endpoint_version;
  `,
  // What is known of a project or an organization besides, as JSON by section of the fixture.
  `
  ALTER TABLE organization ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE project ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
  `,
  `
  CREATE TABLE response (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    answer TEXT NOT NULL,
    turn INTEGER NOT NULL
  ) STRICT;
  `,
  // Organizations that are tenants.
  `
  CREATE TABLE tenant (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE REFERENCES organization,
    name TEXT NOT NULL,
    project_id TEXT NOT NULL,
    public_key TEXT,
    client_id TEXT,
    created INTEGER NOT NULL,
    expires_at INTEGER,
    rate_limit TEXT,
    lifecycle TEXT,
    faults TEXT NOT NULL
  ) STRICT;
  `,
  // How many things of each kind are stored, since counting a million of them takes a second.
  `
  CREATE TABLE thing_count (
    kind TEXT PRIMARY KEY,
    stored INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO thing_count (kind, stored) SELECT kind, count(*) FROM thing GROUP BY kind;
  CREATE TRIGGER thing_counted AFTER INSERT ON thing BEGIN
    INSERT INTO thing_count (kind, stored) VALUES (NEW.kind, 1) ON CONFLICT (kind) DO UPDATE SET stored = stored + 1;
  END;
  CREATE TRIGGER thing_uncounted AFTER DELETE ON thing BEGIN
    UPDATE thing_count SET stored = stored - 1 WHERE kind = OLD.kind;
  END;
  CREATE INDEX thing_by_beginning ON thing (kind, begins_at) WHERE begins_at IS NOT NULL;
  `,
  // What is inserted is counted at the end of its transaction. Until then a removal may come before what it takes from.
  `
  DROP TRIGGER thing_counted;
  DROP TRIGGER thing_uncounted;
  CREATE TRIGGER thing_uncounted AFTER DELETE ON thing BEGIN
    INSERT INTO thing_count (kind, stored) VALUES (OLD.kind, -1) ON CONFLICT (kind) DO UPDATE SET stored = stored - 1;
  END;
  `,
]
