package dev.counterfoil.witness;

import dev.counterfoil.format.CosignerKey;
import dev.counterfoil.format.CosignerKey.Algorithm;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.FileDisk;
import io.helidon.webserver.WebServer;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The witness, put together: virtual threads serve HTTP, one database decides. */
public final class Witness implements AutoCloseable {
  private final Disk.DiskLock lock;
  private final CheckpointStore store;
  private final AcceptedLogs logs;
  private final List<WitnessKey> keys;
  private final WebServer web;

  /**
   * Starts a witness. The first start makes its database and then its keys.
   *
   * @param unknownState told when the state of the database is unknown: the process must end, and a
   *     start recovers
   * @throws IOException when it cannot start; the message says why
   */
  public static Witness start(
      WitnessConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException {
    Disk disk = FileDisk.privateFolder(configuration.data());
    Disk.DiskLock lock = disk.lock();
    try {
      return new Witness(configuration, disk, lock, clock, random, unknownState);
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  private Witness(
      WitnessConfiguration configuration,
      Disk disk,
      Disk.DiskLock lock,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException {
    this.lock = lock;
    logs = AcceptedLogs.read(configuration.logs());
    keys = new ArrayList<>();
    store = CheckpointStore.open(configuration.data().resolve(CheckpointStore.FILE));
    try {
      for (Algorithm algorithm : configuration.cosign().algorithms()) {
        keys.add(WitnessKey.openOrMake(disk, store, algorithm, configuration.name(), random));
      }
      Meters meters = new Meters(logs);
      web =
          WitnessListener.start(
              configuration.listen(),
              new WitnessRoutes(
                  new Cosigning(logs, store, keys, clock),
                  store,
                  logs,
                  meters,
                  this::about,
                  unknownState),
              configuration.requestTime());
    } catch (GeneralSecurityException e) {
      store.close();
      throw new IOException(e.getMessage(), e);
    } catch (IOException | RuntimeException | Error e) {
      store.close();
      throw e;
    }
  }

  private String about() {
    return keys.stream().map(key -> key.key() + "\n").collect(Collectors.joining());
  }

  /** Its public keys, for policies. */
  public List<CosignerKey> keys() {
    return keys.stream().map(WitnessKey::key).toList();
  }

  /** How many log keys are listed. */
  public int logCount() {
    return logs.size();
  }

  /** The port that it listens on. */
  public int port() {
    return web.port();
  }

  @Override
  public void close() throws IOException {
    web.stop();
    store.close();
    lock.close();
  }
}
