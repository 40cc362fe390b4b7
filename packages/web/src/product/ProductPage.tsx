import { Page } from '../ui/Page.js'
import { useWords } from '../words/language.js'
import { Charging } from './Charging.js'
import { DebugSection } from './DebugSection.js'
import { Hero } from './Hero.js'
import { Highlights } from './Highlights.js'
import { Overview } from './Overview.js'
import { Plans } from './Plans.js'
import { Terms } from './Terms.js'

/** The page where a caller decides. */
export function ProductPage() {
  const { product } = useWords()
  return (
    <Page title={product.tab}>
      <Hero />
      <Highlights />
      <DebugSection />
      <Overview />
      <Plans />
      <Charging />
      <Terms />
    </Page>
  )
}
