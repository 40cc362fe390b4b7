// node --expose-gc load.mjs: what the table of divisions costs: reading its module, and the first look-up; and the heap
// that it holds when every division has been looked up, the most it can. Prints one JSON object.
await import('../../packages/core/dist/parsed.js') // The loader's own start is not the table's.
globalThis.gc()
const before = process.memoryUsage()

const start = performance.now()
const { lookupRegion } = await import('../../packages/core/dist/region/region.js')
lookupRegion('350521', 1990)
const loadMs = Number((performance.now() - start).toFixed(2))

for (let code = 110_000; code < 660_000; code++) lookupRegion(String(code), 1990)
globalThis.gc()
const after = process.memoryUsage()
const heapKb = Math.round((after.heapUsed - before.heapUsed + (after.arrayBuffers - before.arrayBuffers)) / 1024)
console.log(JSON.stringify({ loadMs, heapKb }))
