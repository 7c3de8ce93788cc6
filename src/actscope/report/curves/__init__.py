"""An activation, shown: its curve in the terminal, as a picture, as a page with a tangent to drag; its card."""
