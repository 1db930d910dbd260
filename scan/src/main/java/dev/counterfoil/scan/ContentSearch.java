package dev.counterfoil.scan;

import dev.counterfoil.scan.finding.ScanFinding;
import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.ScanPlace;
import dev.counterfoil.scan.finding.Unopened;
import dev.counterfoil.scan.sweep.StreamSearch;
import dev.counterfoil.scan.sweep.Sweep;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;

/**
 * Searches content and what it contains, each byte read once: an archive's own bytes are searched
 * while they pass to the library that opens it.
 */
final class ContentSearch {
  private static final int PART = 64 * 1024;

  private final Sweep sweep;
  private final ScanLimits limits;
  private final List<ScanFinding> found = new ArrayList<>();
  private final ArrayDeque<byte[]> buffers = new ArrayDeque<>();
  private final List<Unopened> unopened = new ArrayList<>();
  private long findings;
  private long expanded;
  private long entries;

  ContentSearch(Sweep sweep, ScanLimits limits) {
    this.sweep = sweep;
    this.limits = limits;
  }

  /** A limit was reached. */
  private static final class LimitException extends IOException {
    private static final long serialVersionUID = 1L;

    LimitException(String message) {
      super(message);
    }
  }

  /** Searches all of a stream; the caller closes it. What was found before a failure is kept. */
  void search(InputStream in, ScanPlace place) throws IOException {
    byte[] head = new byte[Container.HEAD_BYTES];
    int length = in.readNBytes(head, 0, head.length);
    ScanFindings own = new ScanFindings(place);
    byte[] buffer = buffers.isEmpty() ? new byte[StreamSearch.BUFFER_BYTES] : buffers.pop();
    StreamSearch raw = new StreamSearch(sweep, own, buffer);
    Optional<Container> container = Container.of(head, length);
    int before = found.size();
    raw.take(head, 0, length);
    try {
      if (container.isPresent()) {
        var watched = new Watched(in, raw, head, length);
        open(container.get(), watched, place);
        watched.drain();
      }
      raw.takeAll(in);
    } finally {
      raw.finish();
      buffers.push(buffer);
      keep(own, container.isPresent() ? found.subList(before, found.size()) : List.of());
    }
  }

  /** What was found in an entry is not told of the archive around it again. */
  private void keep(ScanFindings own, List<ScanFinding> inside) {
    record Key(String what, Optional<String> kid) {}
    Set<Key> known = new HashSet<>();
    inside.forEach(finding -> known.add(new Key(finding.what(), finding.kid())));
    int told = own.told().size();
    List<ScanFinding> fresh =
        own.told().stream()
            .filter(finding -> !known.contains(new Key(finding.what(), finding.kid())))
            .toList();
    findings += fresh.size() + (own.count() - told);
    for (ScanFinding finding : fresh) {
      if (found.size() < ScanFindings.TOLD_MAX) {
        found.add(finding);
      }
    }
  }

  private void open(Container container, Watched in, ScanPlace place) throws IOException {
    if (container == Container.OTHER) {
      unopened.add(new Unopened(place, "compressed or encrypted in a way that is not opened"));
      return;
    }
    if (place.depth() >= limits.depth()) {
      unopened.add(new Unopened(place, "archives lie deeper in each other than the limit"));
      return;
    }
    try {
      Optional<InputStream> decompressed = container.decompress(in);
      if (decompressed.isPresent()) {
        ScanPlace inner = place.entry(innerName(place, container));
        search(new Counted(decompressed.get(), in), inner);
        return;
      }
      Optional<ArchiveInputStream<? extends ArchiveEntry>> archive = container.entries(in);
      if (archive.isPresent()) {
        searchEntries(archive.get(), in, place);
      }
    } catch (LimitException e) {
      unopened.add(new Unopened(place, String.valueOf(e.getMessage())));
    } catch (IOException | RuntimeException | LinkageError e) {
      if (in.failed()) {
        throw e;
      }
      // What the libraries throw at damaged archives; the message may repeat bytes of them.
      unopened.add(new Unopened(place, "damaged, or of a kind that is not opened"));
    }
  }

  private void searchEntries(
      ArchiveInputStream<? extends ArchiveEntry> archive, Watched in, ScanPlace place)
      throws IOException {
    ArchiveEntry entry;
    while ((entry = archive.getNextEntry()) != null) {
      if (++entries > limits.entries()) {
        throw new LimitException("more entries than the limit");
      }
      if (entry.isDirectory()) {
        continue;
      }
      ScanPlace inner = place.entry(entry.getName());
      if (archive.canReadEntryData(entry)) {
        search(new Counted(archive, in), inner);
      } else {
        unopened.add(new Unopened(inner, "encrypted, or compressed in a way that is not opened"));
      }
    }
  }

  private static String innerName(ScanPlace place, Container container) {
    String name = place.inside().isEmpty() ? place.file() : place.inside().getLast();
    String file = name.substring(name.lastIndexOf('/') + 1);
    int dot = file.lastIndexOf('.');
    return dot > 0 ? file.substring(0, dot) : container.name().toLowerCase(java.util.Locale.ROOT);
  }

  List<ScanFinding> found() {
    return List.copyOf(found);
  }

  long findings() {
    return findings;
  }

  List<Unopened> unopened() {
    return unopened;
  }

  long entries() {
    return entries;
  }

  long expanded() {
    return expanded;
  }

  /** A container's bytes, on their way to the library; the first of them were searched already. */
  private static final class Watched extends FilterInputStream {
    private final StreamSearch search;
    private final byte[] head;
    private final int headLength;
    private int headRead;
    private long read;
    private boolean failed;

    Watched(InputStream in, StreamSearch search, byte[] head, int headLength) {
      super(in);
      this.search = search;
      this.head = head;
      this.headLength = headLength;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (headRead < headLength) {
        int part = Math.min(length, headLength - headRead);
        System.arraycopy(head, headRead, into, at, part);
        headRead += part;
        read += part;
        return part;
      }
      int part;
      try {
        part = in.read(into, at, length);
      } catch (IOException e) {
        failed = true;
        throw e;
      }
      if (part > 0) {
        search.take(into, at, part);
        read += part;
      }
      return part;
    }

    @Override
    public long skip(long count) throws IOException {
      byte[] skipped = new byte[(int) Math.min(PART, Math.max(1, count))];
      return Math.max(0, read(skipped, 0, (int) Math.min(skipped.length, count)));
    }

    @Override
    public boolean markSupported() {
      return false;
    }

    /** The one who gave the stream closes it. */
    @Override
    public void close() {}

    void drain() throws IOException {
      byte[] rest = new byte[PART];
      while (read(rest, 0, rest.length) >= 0) {
        // Searched while it is read.
      }
    }

    boolean failed() {
      return failed;
    }
  }

  /** Expanded bytes, held to the limits. */
  private final class Counted extends FilterInputStream {
    private final Watched from;
    private long count;

    Counted(InputStream in, Watched from) {
      super(in);
      this.from = from;
    }

    @Override
    public int read() throws IOException {
      int read = in.read();
      count(read < 0 ? 0 : 1);
      return read;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
      int read = in.read(into, at, length);
      count(Math.max(0, read));
      return read;
    }

    private void count(int read) throws LimitException {
      count += read;
      expanded += read;
      if (expanded > limits.expandedBytes()) {
        throw new LimitException("expands to more than the limit");
      }
      if (count > ScanLimits.RATIO_FROM_BYTES && count / limits.ratio() > from.read) {
        throw new LimitException("expands to more for each byte than the limit");
      }
    }

    @Override
    public void close() {}
  }
}
