/** The middle one of some figures; of two in the middle, the greater. */
export const median = (figures) => [...figures].sort((one, other) => one - other)[Math.floor(figures.length / 2)]
