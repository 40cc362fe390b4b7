import { startPostgres } from './server.mjs'

/** One server for the run; what needs one finds its address by `inject`. */
export default async function setup(project) {
  const server = await startPostgres()
  project.provide('postgresUrl', server.url)
  // For whole servers: each makes a database of its own.
  process.env.HEYAN_TEST_DATABASE_URL = server.url
  return () => server.close()
}
