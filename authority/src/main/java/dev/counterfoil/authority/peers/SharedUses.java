package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.clients.UsedOnce;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * Where a used assertion or proof is remembered: each by one authority of the domain, which its
 * hash picks, whatever authority it is shown to.
 */
public final class SharedUses implements UsedOnce.Elsewhere {
  static final String PATH = "/peers/use";
  public static final String ASSERTIONS = "assertions";
  public static final String PROOFS = "proofs";

  private final Peers peers;
  private final String kind;
  private final String[] numbers;

  /**
   * @param kind of what is remembered
   */
  public SharedUses(Peers peers, String kind) {
    this.peers = peers;
    this.kind = kind;
    this.numbers = peers.known().split(",", -1);
  }

  @Override
  public Optional<UsedOnce.Use> use(String user, String id, Instant issued, Instant until)
      throws RequestRefusedException {
    int home = home(user, id);
    if (home == peers.own()) {
      return Optional.empty();
    }
    JsonObject answer =
        peers.ask(
            home,
            PATH,
            JsonObject.builder()
                .put("kind", kind)
                .put("user", user)
                .put("id", id)
                .put("issued", issued.toEpochMilli())
                .put("until", until.toEpochMilli())
                .build());
    return Optional.of(use(answer));
  }

  /** What cannot be read is not believed to be the first use. */
  private static UsedOnce.Use use(JsonObject answer) {
    try {
      return UsedOnce.Use.valueOf(answer.string("use"));
    } catch (FormatException | IllegalArgumentException e) {
      return UsedOnce.Use.REPEATED;
    }
  }

  private int home(String user, String id) {
    byte[] hash = Hash.sha256((user + "\n" + id).getBytes(StandardCharsets.UTF_8)).bytes();
    return Integer.parseInt(
        numbers[Math.floorMod((hash[0] << 8) | (hash[1] & 0xff), numbers.length)]);
  }
}
