package dev.counterfoil.operations.containment;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.IssuerJwks;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The sets of keys that an issuer publishes, as a stranger fetches them: what the key log says of a
 * key is no proof of what services that do not read it are given.
 *
 * @param issuer its URL
 * @param network over which they are fetched
 */
public record PublishedSets(String issuer, ReadSide network) {
  /** Where they lie, below the issuer; the signed ones end in {@code .jwt}. */
  static final List<String> PATHS =
      List.of(
          "/jwks", "/jwks.jwt", "/signature-only/jwks", "/signature-only/jwks.jwt", "/status/jwks");

  private static final Duration LOOK_EVERY = Duration.ofMillis(250);
  private static final String SIGNED = ".jwt";

  /**
   * A key that stands where it must not.
   *
   * @param kid the key
   * @param uri of the set
   */
  public record Found(String kid, String uri) {
    JsonObject toJson() {
      return JsonObject.builder().put("kid", kid).put("uri", uri).build();
    }
  }

  /**
   * What one look showed.
   *
   * @param read the sets that were read
   * @param unread why the others were not, each with its address
   * @param found the keys that stand where they must not
   */
  public record Look(List<String> read, List<String> unread, List<Found> found) {
    public Look {
      read = List.copyOf(read);
      unread = List.copyOf(unread);
      found = List.copyOf(found);
    }

    /** Whether every set was read and has none of the keys. */
    public boolean isClean() {
      return unread.isEmpty() && found.isEmpty();
    }

    /** For people's scripts. */
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("read", read)
          .put("unread", unread)
          .put("found", found.stream().map(Found::toJson).toList())
          .build();
    }
  }

  /**
   * Looks until no set has any of the keys, or a time is over: a signed set is signed anew within
   * seconds, and a look that comes before that shall raise no alarm.
   */
  public Look awaitWithout(Set<String> kids, Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    Look look = look(kids);
    while (!look.isClean() && System.nanoTime() - end < 0) {
      Thread.sleep(LOOK_EVERY);
      look = look(kids);
    }
    return look;
  }

  private Look look(Set<String> kids) {
    List<String> read = new ArrayList<>();
    List<String> unread = new ArrayList<>();
    List<Found> found = new ArrayList<>();
    for (String path : PATHS) {
      String uri = issuer + path;
      try {
        for (String kid : kids(path, network.get(URI.create(uri), IssuerJwks.BYTES_MAX))) {
          if (kids.contains(kid)) {
            found.add(new Found(kid, uri));
          }
        }
        read.add(uri);
      } catch (FormatException | IOException e) {
        unread.add(uri + " (" + e.getMessage() + ")");
      }
    }
    return new Look(read, unread, found);
  }

  /** Whoever signed a set: what counts is which keys it gives to those who take it. */
  private static List<String> kids(String path, byte[] body) throws FormatException {
    JsonObject set =
        path.endsWith(SIGNED)
            ? SignedStatement.unverified(new String(body, StandardCharsets.US_ASCII))
            : StrictJson.object(body, IssuerJwks.BYTES_MAX);
    List<String> kids = new ArrayList<>();
    for (JsonObject key : set.objects("keys")) {
      kids.add(key.string("kid"));
    }
    return kids;
  }
}
