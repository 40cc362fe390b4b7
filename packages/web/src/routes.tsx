import { lazy } from 'react'
import { Route, Routes } from 'react-router'
import { ProductPage } from './product/ProductPage.js'
import { NotFound } from './site/NotFound.js'
import { Shell } from './site/Shell.js'

const ColleaguesPage = lazy(() => import('./colleagues/ColleaguesPage.js'))
const DebugPage = lazy(() => import('./debugger/DebugPage.js'))
const WorkbenchPage = lazy(() => import('./workbench/WorkbenchPage.js'))
const DocsPage = lazy(() => import('./docs/DocsPage.js'))

/** Every page. All but the first are loaded when they are gone to. */
export function AppRoutes() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<ProductPage />} />
        <Route path="for-colleagues" element={<ColleaguesPage />} />
        <Route path="debug" element={<DebugPage />} />
        <Route path="workbench" element={<WorkbenchPage />} />
        <Route path="docs/:slug?" element={<DocsPage />} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  )
}
