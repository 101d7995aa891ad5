"""Sound and film made anew: decoded, and encoded as every phone plays it, with nothing told beside it."""

import pkgutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import import_module
from typing import Any, BinaryIO, cast

import av
import av.logging
from av.audio.resampler import AudioResampler
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError, InvalidDataError
from av.filter import Graph
from av.stream import Disposition
from av.video.frame import VideoFrame
from PIL import Image

from . import pictures
from .findings import Made, Reason, RefusedFile
from .kinds import MEDIA, type_of

VIDEO_TYPE, AUDIO_TYPE = "video/mp4", "audio/mp4"
#: How long a film or a sound may last.
LONGEST_VIDEO_S, LONGEST_AUDIO_S = 180, 600
#: A camera's three minutes are never quite three.
_SLACK_S = 2
#: The sides of a film, at most.
_LONG_SIDE, _SHORT_SIDE = 1280, 720
_MOST_PIXELS = 3840 * 2160
_FRAMES_A_SECOND = 30
_TICKS = 90_000
_RATE = 48_000
#: What phones, cameras and browsers record. No other decoder is let at a stranger's bytes.
_DECODERS = frozenset(
    (
        *("h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "h263", "mjpeg"),
        *("aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "flac", "alac"),
        *("amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb"),
        *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_u8", "pcm_f32le", "pcm_mulaw", "pcm_alaw"),
    )
)
_X264 = {
    "preset": "veryfast",
    "profile": "main",
    "crf": "25",
    "maxrate": "2500k",
    "bufsize": "5000k",
    # What is looked ahead at is held in memory.
    "rc-lookahead": "8",
    "bf": "0",
    "refs": "1",
    "threads": "1",
    "g": "60",
}
#: What turns a film upright that was filmed with the phone turned so far, in degrees.
_TURNS = {90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}
av.logging.set_level(None)
# Later, when no file can be opened any more, it would still want to load what each stream is.
for _part in pkgutil.walk_packages(av.__path__, "av."):
    if not _part.name.endswith("__main__"):
        import_module(_part.name)


def remake_video(came: BinaryIO, full: BinaryIO, thumb: BinaryIO) -> tuple[Made, Made]:
    """Write a film anew, no larger than 1280 by 720, and a picture from it.

    :raises RefusedFile: it is no film, broken, or longer than three minutes.
    """
    with _the_files_fault():
        first = _first_frame(came)
        came.seek(0)
        with _opened(came) as opened, _writing(full) as written:
            film = _Film.of(first, written)
            sound = _sound_of(opened, written, LONGEST_VIDEO_S)
            seen = _first(opened.streams.video)
            takers: dict[int, _Film | _Sound] = {seen.index: film}
            if sound:
                takers[sound.heard.index] = sound
            for packet in opened.demux([opened.streams[index] for index in takers]):
                takers[packet.stream.index].take(packet)
            film.end()
            if sound:
                sound.end()
        return film.made, pictures.write(film.poster, thumb, pictures.THUMB_SIDE)


def remake_audio(came: BinaryIO, full: BinaryIO) -> Made:
    """Write a sound anew. Of a film, what one hears.

    :raises RefusedFile: nothing is to be heard, it is broken, or longer than ten minutes.
    """
    with _the_files_fault(), _opened(came) as opened, _writing(full) as written:
        _refuse_long(opened, LONGEST_AUDIO_S)
        sound = _sound_of(opened, written, LONGEST_AUDIO_S)
        if sound is None:
            raise RefusedFile(Reason.OTHER_KIND)
        for packet in opened.demux(sound.heard):
            sound.take(packet)
        sound.end()
        return Made(AUDIO_TYPE, seconds=sound.seconds)


@contextmanager
def _the_files_fault() -> Iterator[None]:
    """Say of whatever a decoder stumbles over that the file is broken."""
    try:
        yield
    except MemoryError:
        raise RefusedFile(Reason.TOO_MUCH) from None
    except (FFmpegError, ValueError, OverflowError, ArithmeticError):
        raise RefusedFile(Reason.BROKEN) from None


def _opened(came: BinaryIO) -> InputContainer:
    reader = MEDIA.get(type_of(came))
    if reader is None:
        raise RefusedFile(Reason.OTHER_KIND)
    only = {"codec_whitelist": ",".join(_DECODERS)}
    return av.open(came, "r", format=reader, container_options=only, metadata_errors="ignore")


def _writing(full: BinaryIO) -> OutputContainer:
    # By itself the writer says which program it is.
    return av.open(full, "w", format="mp4", container_options={"fflags": "+bitexact"})


def _first(streams: Sequence[Any]) -> Any:
    """Return the first stream that one sees or hears, if any; a picture of a cover is none."""
    moving = (each for each in streams if not each.disposition & Disposition.attached_pic)
    stream = next(moving, None)
    if stream is None:
        return None
    if stream.codec_context is None or stream.codec_context.codec.name not in _DECODERS:
        raise RefusedFile(Reason.UNKNOWN)
    stream.codec_context.thread_count = 1
    return stream


def _first_frame(came: BinaryIO) -> VideoFrame:
    """Return the first frame of a film: it alone knows which way up it was held."""
    with _opened(came) as opened:
        film = _first(opened.streams.video)
        if film is None:
            raise RefusedFile(Reason.OTHER_KIND)
        _refuse_long(opened, LONGEST_VIDEO_S)
        if film.codec_context.width * film.codec_context.height > _MOST_PIXELS:
            raise RefusedFile(Reason.TOO_LARGE)
        for frame in opened.decode(film):
            return frame
    raise RefusedFile(Reason.BROKEN)


def _refuse_long(opened: InputContainer, longest_s: int) -> None:
    if opened.duration and opened.duration / av.time_base > longest_s + _SLACK_S:
        raise RefusedFile(Reason.TOO_LONG)


def _sound_of(opened: InputContainer, into: OutputContainer, longest_s: int) -> "_Sound | None":
    heard = _first(opened.streams.audio)
    return _Sound(heard, into, longest_s) if heard else None


def _decoded(packet: Any) -> Iterator[Any]:
    """Yield the frames of a packet; of one that is broken, none: phones lose a few."""
    try:
        yield from packet.decode()
    except InvalidDataError:
        return


@dataclass
class _Sound:
    """Sound on its way from one file into another."""

    heard: Any
    into: OutputContainer
    longest_s: int
    samples: int = 0
    resampler: AudioResampler = field(init=False)
    written: Any = field(init=False)

    def __post_init__(self) -> None:
        layout = "mono" if self.heard.codec_context.channels == 1 else "stereo"
        self.written = self.into.add_stream("aac", rate=_RATE, layout=layout)
        self.written.codec_context.bit_rate = 64_000 if layout == "mono" else 112_000
        self.resampler = AudioResampler(format="fltp", layout=layout, rate=_RATE, frame_size=1024)

    def take(self, packet: Any) -> None:
        for frame in _decoded(packet):
            self._encode(frame)

    def end(self) -> None:
        """Write what is left.

        :raises RefusedFile: there was nothing to hear.
        """
        self._encode(None)
        if not self.samples:
            raise RefusedFile(Reason.BROKEN)
        self.into.mux(self.written.encode(None))

    @property
    def seconds(self) -> int:
        return max(1, round(self.samples / _RATE))

    def _encode(self, frame) -> None:
        # The clock of the file is a stranger's: ours counts what is heard.
        if frame is not None:
            frame.pts = None
        for part in self.resampler.resample(frame):
            part.pts, part.time_base = self.samples, Fraction(1, _RATE)
            self.samples += part.samples
            if self.samples > (self.longest_s + _SLACK_S) * _RATE:
                raise RefusedFile(Reason.TOO_LONG)
            self.into.mux(self.written.encode(part))


@dataclass
class _Film:
    """A film on its way from one file into another: upright, small, thirty frames in a second at most."""

    into: OutputContainer
    written: Any
    width: int
    height: int
    turn: tuple[str, ...]
    #: Of its first frame. Our clock begins there.
    begins_at: float
    poster: Image.Image = field(default_factory=lambda: Image.new("RGB", (16, 16)))
    #: No frame before this is wanted.
    due: float = 0
    ends_at: float = 0
    kept: int = 0
    _graphs: dict[tuple, Graph] = field(default_factory=dict)

    @classmethod
    def of(cls, first: VideoFrame, into: OutputContainer) -> "_Film":
        turn = _TURNS.get(first.rotation % 360, ())
        width, height = _fitting(first.width, first.height, is_lying=len(turn) == 1)
        written = into.add_stream("libx264", rate=_FRAMES_A_SECOND, options=_X264)
        written.width, written.height, written.pix_fmt = width, height, "yuv420p"
        written.codec_context.time_base = Fraction(1, _TICKS)
        return cls(into, written, width, height, turn, begins_at=first.time or 0)

    def take(self, packet: Any) -> None:
        for frame in _decoded(packet):
            self._keep(frame)

    def end(self) -> None:
        """Write what is left.

        :raises RefusedFile: there was nothing to see.
        """
        if not self.kept:
            raise RefusedFile(Reason.BROKEN)
        self.into.mux(self.written.encode(None))

    @property
    def made(self) -> Made:
        return Made(VIDEO_TYPE, self.width, self.height, max(1, round(self.ends_at)))

    def _keep(self, frame: VideoFrame) -> None:
        at = self.due if frame.time is None else frame.time - self.begins_at
        if at > LONGEST_VIDEO_S + _SLACK_S:
            raise RefusedFile(Reason.TOO_LONG)
        # A little earlier than due is due: cameras do not keep time to the last digit.
        if at < self.due - 0.25 / _FRAMES_A_SECOND:
            return
        self.due, self.ends_at = max(self.due, at) + 1 / _FRAMES_A_SECOND, at
        shown = self._upright(frame)
        shown.pts, shown.time_base = round(at * _TICKS), Fraction(1, _TICKS)
        shown.pict_type = 0
        # The first frame is often dark; one second later there is something to see.
        if not self.kept or (at >= 1 and self.kept < 2 * _FRAMES_A_SECOND):
            self.poster = shown.to_image(threads=1)
        self.kept += 1
        self.into.mux(self.written.encode(shown))

    def _upright(self, frame: VideoFrame) -> VideoFrame:
        if frame.width * frame.height > _MOST_PIXELS:
            raise RefusedFile(Reason.TOO_LARGE)
        graph = self._graph_for(frame)
        graph.push(frame)
        return cast(VideoFrame, graph.pull())

    def _graph_for(self, frame: VideoFrame) -> Graph:
        shape = (frame.width, frame.height, frame.format.name)
        if shape not in self._graphs:
            # A film may change its size; what has been is needed no more.
            self._graphs = {shape: _graph(frame, self.turn, self.width, self.height)}
        return self._graphs[shape]


def _fitting(width: int, height: int, *, is_lying: bool) -> tuple[int, int]:
    """Return the size of a film when it stands upright and fits, in even numbers."""
    if is_lying:
        width, height = height, width
    scale = min(1.0, _LONG_SIDE / max(width, height), _SHORT_SIDE / min(width, height))
    return max(16, round(width * scale / 2) * 2), max(16, round(height * scale / 2) * 2)


def _graph(frame: VideoFrame, turn: tuple[str, ...], width: int, height: int) -> Graph:
    graph = Graph()
    graph.threads = 1
    first = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, _TICKS)
    )
    lying = (height, width) if len(turn) == 1 else (width, height)
    steps = [
        graph.add("scale", f"{lying[0]}:{lying[1]}:flags=bilinear"),
        *(graph.add("transpose", way) for way in turn),
        graph.add("format", "yuv420p"),
        graph.add("setsar", "1"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(first, *steps).configure()
    return graph
