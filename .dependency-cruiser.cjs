/** The arrows of ARCHITECTURE.md: imports point down, never in a ring. */
const arrows = {
  core: [],
  contract: ['core'],
  sheets: [],
  sources: ['core', 'contract', 'sheets'],
  store: ['core'],
  server: ['core', 'contract', 'sheets', 'sources', 'store'],
  cli: ['core', 'contract', 'sources', 'server', 'store'],
  web: ['core', 'contract'],
}

/** Of other packages the commands use what works without a server, and the one that starts it. */
const OPEN_TO_CLI =
  '^packages/(core|contract|cli)/|^packages/store/dist/(index|maintenance)|^packages/sources/dist/bill|^packages/server/dist/(main|operator)[.]'

const FACES = ['gateway', 'platform', 'v1', 'admin', 'site', 'portal']

module.exports = {
  forbidden: [
    { name: 'no-ring', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(arrows).map(([name, allowed]) => ({
      name: `${name}-points-down`,
      severity: 'error',
      from: { path: `^packages/${name}/src` },
      to: { path: '^packages/([^/]+)/', pathNot: [name, ...allowed].map((other) => `^packages/${other}/`) },
    })),
    {
      name: 'cli-is-thin',
      severity: 'error',
      from: { path: '^packages/cli/src', pathNot: '[.]test[.]ts$' },
      to: { path: '^packages/', pathNot: OPEN_TO_CLI },
    },
    {
      name: 'by-package-name',
      comment: 'Another package is imported by its name, never by a path into it.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src', pathNot: '[.]test[.]ts$' },
      to: { path: '^packages/[^/]+/src', pathNot: '^packages/$1/src' },
    },
    {
      name: 'core-imports-nothing',
      comment: 'The domain has no dependency and no platform.',
      severity: 'error',
      from: { path: '^packages/core/src', pathNot: '[.]test[.]ts$' },
      to: { pathNot: '^packages/core/src' },
    },
    {
      name: 'no-own-index',
      comment: 'Nothing imports the index of its own package: an index only re-exports.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src', pathNot: '([.]test[.]ts$|/testing/)' },
      to: { path: '^packages/$1/src/index[.]ts$' },
    },
    {
      name: 'ports-know-no-adapter',
      severity: 'error',
      from: { path: '^packages/core/src/verification/(source|ledger)[.]ts$' },
      to: { path: '^packages/(sources|store|server)/' },
    },
    ...FACES.map((face) => ({
      name: `${face}-is-a-face-of-its-own`,
      severity: 'error',
      from: { path: `^packages/server/src/${face}/`, pathNot: '[.]test[.]ts$' },
      to: { path: `^packages/server/src/(${FACES.filter((other) => other !== face).join('|')})/` },
    })),
    {
      name: 'public-pages-without-antd',
      comment: 'Ant Design is for pages at addresses of their own, whose policy has a nonce for its styles.',
      severity: 'error',
      from: { path: '^packages/web/src/', pathNot: '^packages/web/src/(ui-antd|workbench|portal|console)/' },
      to: { path: '(^packages/web/src/ui-antd/|node_modules/antd/)' },
    },
    {
      name: 'engine-is-private',
      comment: 'Outside store/src/engine only the files that open a store know which database runs.',
      severity: 'error',
      from: { path: '^packages/(server|cli|core|contract|sources|web)/src' },
      to: { path: '^packages/store/(src|dist)/engine/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.tests.json' },
    tsPreCompilationDeps: true,
    // Packages see each other's built types: the arrow to them counts, what stands behind it is looked at in their sources.
    doNotFollow: { path: 'node_modules|^packages/[^/]+/dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
}
