import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { sendProblem } from '../http-problem.js'
import type { Services } from '../services.js'
import { OPERATOR, operation } from './operation.js'
import { AppParams, CredentialParams, NewCredential, Reveal, Rotation } from './schemas.js'

/** What proves an application: AppCodes, and AppKeys with their AppSecrets. Secrets are shown when made, and when revealed. */
export const credentialRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { store } = services
  const path = '/applications/:appId/credentials'

  app.get(
    path,
    {
      schema: {
        ...operation('listCredentials', 'Without their secrets', { of: 'Credential', listedAs: 'credentials' }, 404),
        params: AppParams,
      },
    },
    async (request, reply) => {
      const credentials = await store.run('listCredentials', request.params.appId)
      return credentials === null ? sendProblem(reply, { code: 'application_unknown' }) : { credentials }
    },
  )
  app.post(
    path,
    {
      schema: {
        ...operation('issueCredential', 'One more credential', { status: 201, of: 'IssuedCredential' }, 404),
        params: AppParams,
        body: NewCredential,
      },
    },
    async (request, reply) => {
      const { appId } = request.params
      const issued = await store.run('issueCredential', { actor: OPERATOR, appId, kind: request.body.kind })
      return issued === null ? sendProblem(reply, { code: 'application_unknown' }) : reply.code(201).send(issued)
    },
  )
  app.post(
    `${path}/:credentialId/rotate`,
    {
      schema: {
        ...operation(
          'rotateCredential',
          'A new credential in the place of one, which is revoked unless it shall stay for a while',
          { status: 201, of: 'IssuedCredential' },
          404,
        ),
        params: CredentialParams,
        body: Rotation,
      },
    },
    async (request, reply) => {
      const { keepOld = false } = request.body
      const issued = await store.run('rotateCredential', { actor: OPERATOR, ...request.params, keepOld })
      return issued === null ? sendProblem(reply, { code: 'credential_absent' }) : reply.code(201).send(issued)
    },
  )
  app.post(
    `${path}/:credentialId/revoke`,
    {
      schema: {
        ...operation('revokeCredential', 'From now on nobody is known by it', { of: 'Credential' }, 404),
        params: CredentialParams,
      },
    },
    async (request, reply) =>
      (await store.run('revokeCredential', { actor: OPERATOR, ...request.params })) ??
      sendProblem(reply, { code: 'credential_absent' }),
  )
  app.post(
    `${path}/reveal`,
    {
      schema: {
        ...operation(
          'revealCredentials',
          'The newest secrets, shown again; the audit log keeps that and why',
          { of: 'RevealedSecrets' },
          404,
        ),
        params: AppParams,
        body: Reveal,
      },
    },
    async (request, reply) => {
      const { appId } = request.params
      const revealed = await store.run('revealCredentials', { actor: OPERATOR, appId, reason: request.body.reason })
      return revealed ?? sendProblem(reply, { code: 'credential_absent' })
    },
  )
}
