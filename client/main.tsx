import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { TextProvider } from './text/Text.tsx'
import './ui/style.css'

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <TextProvider>
      <App />
    </TextProvider>
  </StrictMode>,
)
