import { Route, Routes } from 'react-router'
import { ProductPage } from './product/ProductPage.js'
import { NotFound } from './site/NotFound.js'
import { Shell } from './site/Shell.js'

/** Every page. All but the first are loaded when they are gone to. */
export function AppRoutes() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<ProductPage />} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  )
}
