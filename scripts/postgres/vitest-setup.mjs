export default async function setup(project) {
  project.provide('postgresUrl', process.env.HEYAN_TEST_DATABASE_URL)
}
