/** Where the Atlas Administration API is. */
export const basePath = '/api/atlas/v2'
