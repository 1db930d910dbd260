package dev.counterfoil.scan;

import dev.counterfoil.scan.finding.ScanPlace;
import dev.counterfoil.scan.finding.Unopened;
import dev.counterfoil.scan.key.DerKeys;
import dev.counterfoil.scan.key.JavaKeyStores;
import dev.counterfoil.scan.key.OwnKey;
import dev.counterfoil.scan.key.OwnSecrets;
import dev.counterfoil.scan.key.TextKeys;
import dev.counterfoil.scan.sweep.Sweep;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** Searches files, folders and streams for private keys. Belongs to one thread. */
public final class KeyScan {
  /** Read at one time: whoever unpacks archives asks for half a kilobyte. */
  private static final int READ_BYTES = 1 << 16;

  private final List<OwnKey> keys;
  private final Progress progress;
  private final ContentSearch content;
  private final List<Unopened> unread = new ArrayList<>();
  private long files;
  private long bytes;

  /**
   * Prepares a scan.
   *
   * @param keys of ours to look for, beside private keys in general
   */
  public KeyScan(List<OwnKey> keys, ScanLimits limits, Progress progress) {
    this.keys = List.copyOf(keys);
    this.progress = progress;
    this.content = new ContentSearch(sweep(keys), limits);
  }

  static Sweep sweep(List<OwnKey> keys) {
    Sweep.Builder sweep = new Sweep.Builder();
    DerKeys.addTo(sweep);
    TextKeys.addTo(sweep);
    JavaKeyStores.addTo(sweep);
    OwnSecrets secrets = new OwnSecrets();
    keys.forEach(key -> secrets.add(key, sweep));
    secrets.finish(sweep);
    return sweep.build();
  }

  /**
   * Searches a file, or everything below a folder. Links in folders are not followed: what they
   * lead to is no part of the folder. Sockets, pipes and devices hold no bytes of the folder
   * either.
   */
  public void search(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      if (!Files.isRegularFile(path)) {
        throw new IOException(path + " is neither a file nor a folder");
      }
      searchFile(path);
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              searchFile(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            cannotRead(file.toString());
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void searchFile(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      search(in, file.toString());
    } catch (IOException e) {
      cannotRead(file.toString());
    }
  }

  private void cannotRead(String file) {
    unread.add(new Unopened(ScanPlace.file(file), "cannot be read"));
  }

  /**
   * Searches a stream to its end.
   *
   * @param name for the report
   */
  public void search(InputStream in, String name) throws IOException {
    files++;
    content.search(new BufferedInputStream(new Read(in), READ_BYTES), ScanPlace.file(name));
  }

  /** What came of everything that was searched so far. */
  public Report report() {
    List<Unopened> unopened = new ArrayList<>(unread);
    unopened.addAll(content.unopened());
    return new Report(
        content.found(),
        content.findings(),
        unopened,
        files,
        content.entries(),
        bytes,
        content.expanded(),
        keys);
  }

  /** Counts for the progress. */
  private final class Read extends FilterInputStream {
    Read(InputStream in) {
      super(in);
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

    private void count(int read) {
      bytes += read;
      progress.read(bytes);
    }
  }
}
