package dev.counterfoil.authority;

import dev.counterfoil.verifier.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;

/**
 * What a verifier reads, for the one in this process: the same bytes as over HTTP, without the
 * network.
 */
final class LocalReadSide implements ReadSide {
  private final String issuer;
  private final PublicLogs logs;

  LocalReadSide(URI issuer, PublicLogs logs) {
    this.issuer = issuer.toString();
    this.logs = logs;
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
