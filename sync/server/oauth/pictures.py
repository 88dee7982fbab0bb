"""The picture that an app for codes scans."""

import io


def picture_of(text: str) -> str:
    """A QR code as SVG, dark on light, to stand in a page."""
    import segno  # loaded by the first who sets up a second factor

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=4, border=1, xmldecl=False, svgns=False, svgclass=None, lineclass=None
    )
    return out.getvalue().decode("utf-8").strip()
