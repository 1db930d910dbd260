package dev.counterfoil.witness;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.AwsLcProvider;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.Closeable;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The witness, put together: virtual threads serve HTTP, one database decides. */
public final class Witness implements AutoCloseable {
  private final Deque<Closeable> opened = new ArrayDeque<>();
  private final List<WitnessKey> keys = new ArrayList<>();
  private final AcceptedLogs logs;
  private final Listener web;

  /**
   * Starts a witness. The first start makes its database and then its keys.
   *
   * @param unknownState told when the state of the database is unknown: the process must end, and a
   *     start recovers
   * @throws IOException when it cannot start; the message says why
   * @throws ConfigurationException when a policy or the list of logs cannot be used
   */
  public static Witness start(
      WitnessConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException, ConfigurationException {
    return new Witness(configuration, clock, random, unknownState);
  }

  private Witness(
      WitnessConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException, ConfigurationException {
    // Every request has a signature to check, and most have one to make.
    Optional<Provider> _ = AwsLcProvider.load();
    try {
      Disk disk = FileDisk.privateFolder(configuration.data());
      opened.push(disk.lock()::close);
      CheckpointStore store =
          CheckpointStore.open(configuration.data().resolve(CheckpointStore.FILE));
      opened.push(store::close);
      for (Algorithm algorithm : configuration.cosign().algorithms()) {
        keys.add(WitnessKey.openOrMake(disk, store, algorithm, configuration.name(), random));
      }
      IssuerLogs issuers =
          IssuerLogs.follow(
              configuration.policies(), keys.stream().map(WitnessKey::key).toList(), clock);
      opened.push(issuers::close);
      logs = AcceptedLogs.read(configuration.logs(), issuers);
      FailedRequests failed = new FailedRequests();
      web =
          WitnessListener.start(
              configuration,
              new WitnessRoutes(
                  new CosigningDecision(logs, store, keys, clock),
                  store,
                  logs,
                  new WitnessMeters(logs, issuers, failed),
                  Watchers.of(configuration.watchers()),
                  this::about,
                  unknownState,
                  failed));
      opened.push(web::close);
    } catch (GeneralSecurityException e) {
      close();
      throw new IOException(e.getMessage(), e);
    } catch (IOException | ConfigurationException | RuntimeException | Error e) {
      close();
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

  /** How many log keys are known. */
  public int logCount() {
    return logs.size();
  }

  /** The port that it listens on. */
  public int port() {
    return web.port();
  }

  @Override
  public void close() throws IOException {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }
}
