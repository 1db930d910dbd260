package dev.counterfoil.monitor;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Who holds it is alone in a monitor's data folder. It goes with its process, also when killed. */
public final class MonitorLock implements Closeable {
  private static final String FILE = "lock";

  private final FileChannel channel;

  private MonitorLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Whether a monitor ever ran on a folder. */
  public static boolean isIn(Path data) {
    return Files.exists(data.resolve(FILE));
  }

  /**
   * Takes it.
   *
   * @param data the monitor's data folder
   * @return empty while somebody holds it
   * @throws IOException when its file cannot be opened
   */
  public static Optional<MonitorLock> take(Path data) throws IOException {
    FileChannel channel =
        FileChannel.open(data.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return Optional.of(new MonitorLock(channel));
      }
    } catch (OverlappingFileLockException _) {
      // Somebody in this process.
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
