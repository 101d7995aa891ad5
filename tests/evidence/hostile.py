"""Files that mean harm, or tell more than their learner wants to, made by code: some seventy of them."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import ExifTags, Image, PngImagePlugin, TiffImagePlugin

from evidence.models import Kind

#: Planted wherever a file can tell something: none of it may be in anything that is kept.
MARKER = "tattle-9f2c"
CAMERA = "SpyCam 3000"
#: Of the Houses of Parliament, in the ways that files write a place.
PLACE_TEXT = "+51.4995-000.1248/"
LATITUDE, LONGITUDE = (51, 29, 58.2), (0, 7, 29.28)
XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="51,29.97N" '
    f'exif:GPSLongitude="0,7.488W" exif:UserComment="{MARKER}"/></rdf:RDF></x:xmpmeta>'
    '<?xpacket end="w"?>'
).encode()
IPTC = (
    b"Photoshop 3.0\0"
    + b"8BIM\x04\x04\0\0"
    + struct.pack(">I", 26)
    + (b"\x1c\x02\x5a\0\x06London" + b"\x1c\x02\x78\0\x0b" + MARKER.encode()[:11])
)
#: Any of these in what is kept would tell.
TELLING = (
    *(MARKER, CAMERA, PLACE_TEXT, "GPSLatitude", "51,29.97N", "51.4995", "London"),
    *("Exif\0", "Photoshop 3.0", "xpacket", "ns.adobe.com", "<script", "JavaScript", "PK\x03\x04"),
)


@dataclass(frozen=True)
class Hostile:
    name: str
    #: What its sender says that it is.
    kind: Kind
    make: Callable[[], bytes]
    #: Whether something may be kept of it: made anew. Of the others nothing may.
    may_be_kept: bool


def corpus() -> Iterator[Hostile]:
    """Yield all of them."""
    for name, make, may_be_kept in _PHOTOS:
        yield Hostile(f"photo-{name}", Kind.PHOTO, make, may_be_kept)
    for name, make, may_be_kept in _FILES:
        yield Hostile(f"file-{name}", Kind.FILE, make, may_be_kept)
    for name, make, may_be_kept in _SOUNDS:
        yield Hostile(f"audio-{name}", Kind.AUDIO, make, may_be_kept)
    for name, make, may_be_kept in _FILMS:
        yield Hostile(f"video-{name}", Kind.VIDEO, make, may_be_kept)


# Pictures


@cache
def picture(size=(240, 180), mode="RGB") -> Image.Image:
    """Return a picture with something on it."""
    shades = np.add.outer(np.arange(size[1]), np.arange(size[0])) % 256
    return Image.fromarray(
        np.stack([shades, shades[::-1], 255 - shades], -1).astype("uint8")
    ).convert(mode)


def told_by_camera(orientation: int = 1) -> Image.Exif:
    """Return what a camera writes: itself, the place, and words."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = exif[ExifTags.Base.Model] = CAMERA
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.ImageDescription] = MARKER
    exif[ExifTags.Base.Software] = PLACE_TEXT
    rational = TiffImagePlugin.IFDRational
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[1], gps[2] = "N", tuple(rational(round(part * 100), 100) for part in LATITUDE)
    gps[3], gps[4] = "W", tuple(rational(round(part * 100), 100) for part in LONGITUDE)
    return exif


def jpeg(**told) -> bytes:
    return _saved(picture(), "JPEG", **told)


def jpeg_with_everything() -> bytes:
    """Return a JPEG that tells all that one can: Exif, XMP, IPTC, a comment, and words at its end."""
    plain = jpeg(exif=told_by_camera(), comment=MARKER.encode())
    more = _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP) + _segment(0xED, IPTC)
    return plain[:2] + more + plain[2:] + MARKER.encode()


def png(**told) -> bytes:
    return _saved(picture(), "PNG", **told)


def _saved(image: Image.Image, format: str, **told) -> bytes:
    content = io.BytesIO()
    image.save(content, format, **told)
    return content.getvalue()


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def _png_that_talks() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", MARKER)
    told.add_itxt("XML:com.adobe.xmp", XMP.decode())
    told.add_text("Location", PLACE_TEXT, zip=True)
    return png(pnginfo=told, exif=told_by_camera())


def _png_of(width: int, height: int, *, rows: bytes | None = None) -> bytes:
    """Return a PNG that says how large it is, and packs what nobody could unpack."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = zlib.compress(bytes(1_000_000), 9) if rows is None else rows
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", content)
        + _chunk(b"IEND", b"")
    )


def _png_bomb() -> bytes:
    """Return a small file of a picture of sixteen million points, as many as we take."""
    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(bytes(1 + 3 * 4000)) for _ in range(4000)) + packed.flush()
    return _png_of(4000, 4000, rows=rows)


def _png_text_bomb() -> bytes:
    bomb = b"Comment\0\0" + zlib.compress(bytes(60_000_000), 9)
    plain = png()
    return plain[:33] + _chunk(b"zTXt", bomb) + plain[33:]


def _chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def _flood() -> bytes:
    """Return a JPEG that says it is 30,000 by 30,000."""
    plain = bytearray(jpeg())
    at = plain.index(b"\xff\xc0")
    plain[at + 5 : at + 9] = struct.pack(">HH", 30_000, 30_000)
    return bytes(plain)


def _many_frames(format: str) -> bytes:
    frames = [picture((400, 400)).rotate(turn) for turn in range(0, 360, 30)]
    return _saved(frames[0], format, save_all=True, append_images=frames[1:], duration=20, loop=0)


def _gif_with_words() -> bytes:
    return _saved(picture(), "GIF", comment=MARKER.encode()) + b"<script>" + MARKER.encode()


def _huge_gif() -> bytes:
    plain = bytearray(_saved(picture(), "GIF"))
    plain[6:10] = struct.pack("<HH", 65535, 65535)
    return bytes(plain)


SVG = f"<svg xmlns='http://www.w3.org/2000/svg'><script>alert('{MARKER}')</script></svg>".encode()
HTML = f"<!doctype html><title>x</title><script>alert('{MARKER}')</script>".encode()


def _zip(name="word/document.xml", content=b"<w/>") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr(name, content)
    return packed.getvalue()


def _heic() -> bytes:
    return struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + bytes(200) + MARKER.encode()


def _tiff() -> bytes:
    return _saved(picture(), "TIFF", exif=told_by_camera())


def _mpo() -> bytes:
    other = Image.new("RGB", (240, 180), "red")
    return _saved(picture(), "MPO", save_all=True, append_images=[other], exif=told_by_camera())


_PHOTOS = (
    ("exif", lambda: jpeg(exif=told_by_camera()), True),
    ("exif-turned", lambda: jpeg(exif=told_by_camera(6)), True),
    ("everything", jpeg_with_everything, True),
    ("progressive", lambda: jpeg(exif=told_by_camera(), progressive=True, comment=MARKER.encode()), True),
    ("cmyk", lambda: _saved(picture(mode="CMYK"), "JPEG", exif=told_by_camera()), True),
    ("grey", lambda: _saved(picture(mode="L"), "JPEG", exif=told_by_camera()), True),
    ("two-in-one", _mpo, True),
    ("bad-profile", lambda: jpeg(icc_profile=MARKER.encode() * 40), True),
    ("png-told", _png_that_talks, True),
    ("png-clear", lambda: _saved(picture(mode="RGBA"), "PNG", exif=told_by_camera()), True),
    ("png-palette", lambda: _saved(picture(mode="P"), "PNG", exif=told_by_camera()), True),
    ("webp-told", lambda: _saved(picture(), "WEBP", exif=told_by_camera(), xmp=XMP), True),
    ("webp-moves", lambda: _many_frames("WEBP"), True),
    ("gif-moves", lambda: _many_frames("GIF"), True),
    ("gif-words", _gif_with_words, True),
    ("jpeg-and-zip", lambda: jpeg() + _zip("x.txt", MARKER.encode()), True),
    ("jpeg-and-html", lambda: jpeg(comment=HTML) + HTML, True),
    ("jpeg-and-script", lambda: jpeg(comment=b"*/=1;alert('" + MARKER.encode() + b"')/*"), True),
    ("png-and-html", lambda: png() + HTML, True),
    ("png-bomb", _png_bomb, True),
    ("png-flood", lambda: _png_of(30_000, 30_000), False),
    ("png-text-bomb", _png_text_bomb, False),
    ("png-too-little", lambda: _png_of(900, 900, rows=zlib.compress(b"\0" * 50)), False),
    ("jpeg-flood", _flood, False),
    ("gif-flood", _huge_gif, False),
    ("cut-jpeg", lambda: jpeg(exif=told_by_camera())[:-2500], False),
    ("cut-png", lambda: _png_that_talks()[:-2500], False),
    ("svg", lambda: SVG, False),
    ("html-as-jpg", lambda: HTML, False),
    ("head-alone", lambda: b"\xff\xd8\xff\xe0" + HTML, False),
    ("heic", _heic, False),
    ("tiff", _tiff, False),
    ("bmp", lambda: _saved(picture(), "BMP"), False),
    ("ico", lambda: _saved(picture((64, 64)), "ICO"), False),
    ("pdf-as-photo", lambda: pdf(), False),
    ("zip", lambda: _zip(), False),
    ("zero", lambda: b"\0", False),
)  # fmt: skip


# Documents


def pdf(change: Callable[[Pdf], None] = lambda made: None, **saved) -> bytes:
    """Return a PDF of one page that says hello, changed as wished."""
    with Pdf.new() as made:
        made.add_blank_page(page_size=(300, 200))
        page = made.pages[0]
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page.Resources = Dictionary(Font=Dictionary(F1=made.make_indirect(font)))
        page.Contents = made.make_stream(b"BT /F1 24 Tf 20 100 Td (Hello) Tj ET")
        change(made)
        content = io.BytesIO()
        made.save(content, **saved)
    return content.getvalue()


def _script(made: Pdf) -> dict:
    return Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{MARKER}')"))


def _with_scripts(made: Pdf) -> None:
    made.Root.OpenAction = _script(made)
    made.Root.AA = Dictionary(WC=_script(made))
    made.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), _script(made)])))
    made.pages[0].AA = Dictionary(O=_script(made))


def _with_attachment(made: Pdf) -> None:
    made.attachments["tattle.txt"] = MARKER.encode()


def _with_notes(made: Pdf) -> None:
    link = Dictionary(S=Name.URI, URI=String(f"https://{MARKER}.example/"))
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 99, 99]), A=link, Contents=MARKER
    )
    made.pages[0].Annots = Array([made.make_indirect(note)])


def _with_form(made: Pdf) -> None:
    field = Dictionary(
        FT=Name.Tx, T=String("where"), V=String(MARKER), AA=Dictionary(K=_script(made))
    )
    made.Root.AcroForm = Dictionary(
        Fields=Array([made.make_indirect(field)]), XFA=made.make_stream(b"<xfa>" + MARKER.encode())
    )


def _with_told(made: Pdf) -> None:
    made.docinfo["/Author"] = MARKER
    made.docinfo["/Creator"] = CAMERA
    with made.open_metadata() as told:
        told["dc:description"] = f"{MARKER} {PLACE_TEXT}"
    about = made.make_stream(XMP)
    about.Type, about.Subtype = Name.Metadata, Name.XML
    made.pages[0].Metadata = about
    made.pages[0].PieceInfo = Dictionary(X=Dictionary(Private=String(MARKER)))


def _with_place(made: Pdf) -> None:
    measure = Dictionary(Type=Name.Measure, Subtype=Name.GEO, GPTS=Array([51.4995, -0.1248]))
    made.pages[0].VP = Array([Dictionary(Type=Name.Viewport, Measure=measure, Name=String(MARKER))])


def _with_photo(content: bytes, *, is_packed: bool = False) -> Callable[[Pdf], None]:
    def change(made: Pdf) -> None:
        image = Stream(made, b"")
        if is_packed:
            filters = Array([Name.FlateDecode, Name.DCTDecode])
            image.write(zlib.compress(content), filter=filters)
        else:
            image.write(content, filter=Name.DCTDecode)
        image.Type, image.Subtype = Name.XObject, Name.Image
        image.Width, image.Height, image.BitsPerComponent = 240, 180, 8
        image.ColorSpace = Name.DeviceRGB
        told = made.make_stream(XMP)
        told.Type = Name.Metadata
        image.Metadata = told
        made.pages[0].Resources.XObject = Dictionary(Im0=image)
        made.pages[0].Contents = made.make_stream(b"q 240 0 0 180 0 0 cm /Im0 Do Q")

    return change


def _with_film(made: Pdf) -> None:
    made.pages[0].Annots = Array(
        [made.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Contents=MARKER))]
    )


def _with_launch(made: Pdf) -> None:
    made.Root.OpenAction = Dictionary(S=Name.Launch, F=String("calc.exe"), Win=Dictionary(P=MARKER))


def _many_pages(made: Pdf) -> None:
    for _ in range(400):
        made.add_blank_page()


def _deep(made: Pdf) -> None:
    inner: pikepdf.Object = Array([])
    for _ in range(400):
        inner = Array([inner])
    made.pages[0].Resources.Properties = Dictionary(X=inner)


def _bomb(made: Pdf) -> None:
    once = zlib.compress(bytes(100_000_000), 9)
    stream = Stream(made, b"")
    stream.write(zlib.compress(once), filter=Array([Name.FlateDecode, Name.FlateDecode]))
    made.pages[0].Resources.XObject = Dictionary(B=stream)


def _large_stream(made: Pdf) -> None:
    stream = Stream(made, b"")
    stream.write(zlib.compress(bytes(400_000_000), 9), filter=Name.FlateDecode)
    made.pages[0].Resources.XObject = Dictionary(B=stream)


def _bomb_of_objects() -> bytes:
    """Return a PDF whose table of objects unpacks to a hundred million bytes."""
    packed = zlib.compress(bytes(100_000_000), 9)
    head = b"%PDF-1.5\n"
    table = (
        b"1 0 obj\n<</Type/XRef/Size 20000000/W[1 2 2]/Root 2 0 R/Filter/FlateDecode/Length %d>>stream\n"
        % len(packed)
    )
    return head + table + packed + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % len(head)


def _loop() -> bytes:
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2/Parent 2 0 R>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>"
    )
    return body + MARKER.encode()


_LOCKED = pikepdf.Encryption(owner="owner", user="user")
_FILES = (
    ("scripts", lambda: pdf(_with_scripts), True),
    ("attachment", lambda: pdf(_with_attachment), True),
    ("notes", lambda: pdf(_with_notes), True),
    ("form", lambda: pdf(_with_form), True),
    ("told", lambda: pdf(_with_told), True),
    ("place", lambda: pdf(_with_place), True),
    ("photo", lambda: pdf(_with_photo(jpeg_with_everything())), True),
    ("photo-progressive", lambda: pdf(_with_photo(
        jpeg(exif=told_by_camera(), progressive=True, comment=MARKER.encode()))), True),
    ("film", lambda: pdf(_with_film), True),
    ("launch", lambda: pdf(_with_launch), True),
    ("and-zip", lambda: pdf() + _zip("x.txt", MARKER.encode()), True),
    ("after-html", lambda: b"%PDF-1.4\n%" + HTML + b"\n" + pdf(), True),
    ("bomb", lambda: pdf(_bomb, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False), False),
    ("bomb-of-one", lambda: pdf(_large_stream), False),
    ("photo-packed", lambda: pdf(_with_photo(jpeg_with_everything(), is_packed=True)), True),
    ("deep", lambda: pdf(_deep), True),
    ("loop", _loop, False),
    ("bomb-of-objects", _bomb_of_objects, False),
    ("many-pages", lambda: pdf(_many_pages), False),
    ("locked", lambda: pdf(_with_told, encryption=_LOCKED), False),
    ("cut", lambda: pdf(_with_told)[:120], False),
    ("html-as-txt", lambda: HTML, False),
    ("svg-as-pdf", lambda: SVG, False),
    ("office", lambda: _zip(), False),
    ("zip-bomb", lambda: _zip("x", bytes(80_000_000)), False),
    ("zip-slip", lambda: _zip("../../../etc/cron.d/x", MARKER.encode()), False),
    ("gpx", lambda: f'<?xml version="1.0"?><gpx><trkpt lat="51.4995"/>{MARKER}</gpx>'.encode(), False),
    ("geojson", lambda: json.dumps({"type": "Point", "coordinates": [-0.1248, 51.4995]}).encode(), False),
    ("program", lambda: b"\x7fELF\x02\x01\x01" + bytes(64) + MARKER.encode(), False),
    ("shell", lambda: f"#!/bin/sh\necho {MARKER}\n".encode(), False),
    ("card", lambda: f"BEGIN:VCARD\nGEO:51.4995\nNOTE:{MARKER}\nEND:VCARD".encode(), False),
    ("latin-1", lambda: b"caf\xe9 " * 50, False),
    ("endless-text", lambda: b"word " * 200_000, False),
)  # fmt: skip


# Sound and film


def recorded(
    kind: Kind,
    *,
    format: str,
    codec: str,
    seconds: float = 1,
    size=(160, 120),
    rate: int = 30,
    told: bool = True,
    **options: str,
) -> bytes:
    """Return a film of moving colours, or a tone, that tells where it was taken."""
    content = io.BytesIO()
    with av.open(content, "w", format=format, options=options) as made:
        if told:
            made.metadata.update(
                {
                    "title": MARKER,
                    "comment": f"{MARKER} {CAMERA}",
                    "location": PLACE_TEXT,
                    "location-eng": PLACE_TEXT,
                    "com.apple.quicktime.location.ISO6709": PLACE_TEXT,
                    "lyrics": f"{MARKER} <script>",
                    "artist": CAMERA,
                }
            )
        if kind is Kind.VIDEO:
            _film(made, codec, seconds, size, rate)
        else:
            _tone(made, codec, seconds)
    return content.getvalue()


def _film(made, codec: str, seconds: float, size: tuple[int, int], rate: int) -> None:
    stream = made.add_stream(codec, rate=rate)
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    colours = np.asarray(picture(size))
    for number in range(round(seconds * rate)):
        frame = av.VideoFrame.from_ndarray(np.roll(colours, number * 3, axis=1), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, rate)
        made.mux(stream.encode(frame))
    made.mux(stream.encode())


def _tone(made, codec: str, seconds: float) -> None:
    stream = made.add_stream(codec, rate=48_000, layout="mono")
    wave = np.sin(np.arange(round(48_000 * seconds)) * 2 * np.pi * 440 / 48_000)
    frame = av.AudioFrame.from_ndarray((wave * 9000).astype("int16")[None, :], "s16", "mono")
    frame.rate, frame.pts = 48_000, 0
    parts = av.AudioResampler(stream.format, "mono", 48_000, stream.frame_size or None)
    for part in [*parts.resample(frame), *parts.resample(None)]:
        made.mux(stream.encode(part))
    made.mux(stream.encode())


def _mp4(**more) -> bytes:
    return recorded(Kind.VIDEO, format="mp4", codec="libx264", movflags="use_metadata_tags", **more)


def _with_boxes() -> bytes:
    """Return a film with the boxes of a phone behind it: where it was, and a card."""
    place = b"\xa9xyz" + struct.pack(">HH", len(PLACE_TEXT), 0x15C7) + PLACE_TEXT.encode()
    inner = struct.pack(">I", len(place) + 4) + place
    told = struct.pack(">I", len(inner) + 8) + b"udta" + inner
    own = b"uuid" + bytes(16) + XMP
    return _mp4() + told + struct.pack(">I", len(own) + 4) + own


def _list_of_files(name: str) -> bytes:
    return f"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\nhttp://169.254.169.254/{name}\n".encode()


def _mp4_with_other_size() -> bytes:
    """Return a film that says it is 16,000 by 16,000."""
    plain = bytearray(_mp4())
    at = plain.index(b"avc1") + 4 + 24
    plain[at : at + 4] = struct.pack(">HH", 16_000, 16_000)
    return bytes(plain)


def _says_it_lasts(seconds: int) -> bytes:
    plain = bytearray(_mp4())
    for box in (b"mvhd", b"mdhd"):
        at = plain.index(box) + 4 + 12
        scale = struct.unpack(">I", plain[at : at + 4])[0]
        plain[at + 4 : at + 8] = struct.pack(">I", scale * seconds)
    return bytes(plain)


def _noise(head: bytes) -> bytes:
    return head + np.random.default_rng(7).bytes(50_000)


def _song_with_cover() -> bytes:
    told = b"APIC" + struct.pack(">I", 4000) + b"\0\0\0image/jpeg\0\x03\0" + jpeg_with_everything()
    return (
        b"ID3\x03\0\0\0\0"
        + bytes([0x1F, 0x40])
        + told[:4000].ljust(4000, b"\0")
        + recorded(Kind.AUDIO, format="mp3", codec="libmp3lame")
    )


_SOUNDS = (
    ("mp3-told", lambda: recorded(Kind.AUDIO, format="mp3", codec="libmp3lame"), True),
    ("mp3-cover", _song_with_cover, True),
    ("m4a-told", lambda: recorded(Kind.AUDIO, format="ipod", codec="aac"), True),
    ("ogg-told", lambda: recorded(Kind.AUDIO, format="ogg", codec="libopus"), True),
    ("wav-told", lambda: recorded(Kind.AUDIO, format="wav", codec="pcm_s16le"), True),
    ("flac-told", lambda: recorded(Kind.AUDIO, format="flac", codec="flac"), True),
    ("webm-told", lambda: recorded(Kind.AUDIO, format="webm", codec="libopus"), True),
    ("list", lambda: _list_of_files("a"), False),
    ("html", lambda: HTML, False),
    ("noise", lambda: _noise(b"ID3\x04\0\0\0\0\0\0"), False),
    ("cut", lambda: recorded(Kind.AUDIO, format="ipod", codec="aac")[:600], False),
    ("photo-as-sound", jpeg_with_everything, False),
)  # fmt: skip
_FILMS = (
    ("told", _mp4, True),
    ("boxes", _with_boxes, True),
    ("mov-told", lambda: recorded(Kind.VIDEO, format="mov", codec="libx264"), True),
    ("3gp-told", lambda: recorded(Kind.VIDEO, format="3gp", codec="mpeg4", size=(176, 144)), True),
    ("webm-told", lambda: recorded(Kind.VIDEO, format="webm", codec="libvpx"), True),
    ("mkv-told", lambda: recorded(Kind.VIDEO, format="matroska", codec="libx264"), True),
    ("fast", lambda: _mp4(rate=240), True),
    ("and-html", lambda: _mp4() + HTML, True),
    ("and-zip", lambda: _mp4() + _zip("x", MARKER.encode()), True),
    ("other-size", _mp4_with_other_size, True),
    ("says-it-lasts-a-day", lambda: _says_it_lasts(100_000), True),
    ("too-long", lambda: _mp4(seconds=400, rate=1, size=(32, 32)), False),
    ("avi", lambda: recorded(Kind.VIDEO, format="avi", codec="mpeg4"), False),
    ("list", lambda: _list_of_files("b"), False),
    ("concat", lambda: b"ffconcat version 1.0\nfile /etc/passwd\n", False),
    ("dash", lambda: b"<?xml version='1.0'?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>", False),
    ("noise", lambda: _noise(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"), False),
    ("cut", lambda: _mp4(seconds=2)[:3000], False),
    ("photo-as-film", jpeg_with_everything, False),
    ("sound-as-film", lambda: recorded(Kind.AUDIO, format="ipod", codec="aac"), False),
)  # fmt: skip
