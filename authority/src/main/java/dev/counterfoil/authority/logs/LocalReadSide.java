package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.http.LogPath;
import dev.counterfoil.authority.keys.HeadPosition;
import dev.counterfoil.authority.keys.HeadWaiters;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/**
 * What a verifier reads, for the one in this process: the same bytes as over HTTP, without the
 * network.
 */
public final class LocalReadSide implements ReadSide {
  private static final String REVOKED = "revoked=";

  private final String issuer;
  private final PublicLogs logs;
  private final HeadWaiters waiters;

  public LocalReadSide(URI issuer, PublicLogs logs, HeadWaiters waiters) {
    this.issuer = issuer.toString();
    this.logs = logs;
    this.waiters = waiters;
  }

  @Override
  public byte[] get(URI uri, int bytesMax) throws IOException {
    String text = uri.toString();
    if (!text.startsWith(issuer + "/")) {
      throw new IOException("not below this issuer");
    }
    byte[] bytes = read(text.substring(issuer.length()));
    if (bytes.length > bytesMax) {
      throw new IOException("longer than " + bytesMax + " bytes");
    }
    return bytes;
  }

  @Override
  public CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold) {
    String head = KeyLog.url(issuer) + "/head?after=";
    String text = uri.toString();
    if (!text.startsWith(head)) {
      return CompletableFuture.failedFuture(new FileNotFoundException("only the key log's head"));
    }
    HeadPosition after;
    try {
      String[] parameters = text.substring(head.length()).split("&", -1);
      after =
          HeadPosition.parse(
              parameters[0],
              Stream.of(parameters)
                  .filter(parameter -> parameter.startsWith(REVOKED))
                  .map(parameter -> parameter.substring(REVOKED.length()))
                  .findFirst());
    } catch (FormatException e) {
      return CompletableFuture.failedFuture(new IOException("not a question that is known", e));
    }
    return waiters
        .awaited(after.order(), hold)
        .thenApply(
            over -> {
              try {
                return get(URI.create(KeyLog.url(issuer) + "/checkpoint"), bytesMax);
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            });
  }

  private byte[] read(String path) throws IOException {
    Optional<LogPath> log = LogPath.parse(path);
    if (log.isEmpty()) {
      throw new IOException("nothing lies there");
    }
    return logs.find(log.get().log(), log.get().rest())
        .map(PublicLogs.Found::bytes)
        .orElseThrow(() -> new FileNotFoundException("not in the log yet"));
  }
}
