// fastify + one plain INSERT a request, each its own transaction. Best settings: a pool of 16, a prepared statement.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { listen } from './entrance.js'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 16 })
const name = 'insert'
const text = 'INSERT INTO invitations (id, team, profile_urn, note) VALUES ($1, $2, $3, $4)'

await pool.query(
  'CREATE TABLE invitations (id uuid PRIMARY KEY, team text NOT NULL, profile_urn text NOT NULL, note text,' +
    ' created_at timestamptz NOT NULL DEFAULT now())',
)
await listen(async (team, invitation) => {
  const id = randomUUID()
  await pool.query({ name, text, values: [id, team, invitation.profile_urn, invitation.note] })
  return id
})
