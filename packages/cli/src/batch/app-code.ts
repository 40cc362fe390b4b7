import type { Environment } from '@heyan/server/operator'
import { AdminClient, AdminError } from '../admin-client.js'

interface Listed {
  readonly appId: string
  readonly name: string
  readonly status: string
}

/**
 * The AppCode that a batch is charged to: `HEYAN_APPCODE`, else that of the application named, else of the only active one, which
 * the operator's token shows; the audit log keeps that. Never an argument: those are in the list of processes and in histories.
 */
export async function appCodeFor(appId: string | undefined, environment: Environment): Promise<string> {
  if (environment.HEYAN_APPCODE) {
    if (appId === undefined) return environment.HEYAN_APPCODE
    throw new AdminError('application_unclear', 'HEYAN_APPCODE and --app both say who is charged: give one of them')
  }
  const client = new AdminClient(environment)
  const chosen = appId ?? (await onlyApplication(client))
  const path = `/applications/${encodeURIComponent(chosen)}/credentials/reveal`
  const { appCode } = (await client.post(path, { reason: 'heyan batch' })) as { appCode: string }
  return appCode
}

async function onlyApplication(client: AdminClient): Promise<string> {
  const { applications } = (await client.get('/applications')) as { applications: readonly Listed[] }
  const active = applications.filter(({ status }) => status === 'active')
  const [only] = active
  if (only !== undefined && active.length === 1) return only.appId
  throw new AdminError(
    'application_unclear',
    only === undefined
      ? 'there is no active application: make one by heyan app create'
      : `who is charged? name one of ${active.length} applications by --app APPID (heyan app list), or set HEYAN_APPCODE`,
  )
}
