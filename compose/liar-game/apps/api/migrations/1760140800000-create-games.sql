CREATE TABLE games (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now()
);
