import react from '@vitejs/plugin-react'
import { join } from 'node:path'
import { defineConfig } from 'vite'

const platform = 'http://127.0.0.1:4173'

export default defineConfig({
  root: join(import.meta.dirname, 'client'),
  plugins: [react()],
  build: {
    outDir: join(import.meta.dirname, 'dist', 'client'),
    emptyOutDir: true,
    // Icons as data: addresses would need a looser Content-Security-Policy.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      '/graphql': { target: platform, ws: true, changeOrigin: true },
      '/upload': { target: platform, changeOrigin: true },
      '/files': { target: platform, changeOrigin: true },
      // Only the download: /models/<id> itself is a page.
      '^/models/[^/]+/download': { target: platform, changeOrigin: true },
    },
  },
})
