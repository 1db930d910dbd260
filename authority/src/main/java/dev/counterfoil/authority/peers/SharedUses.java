package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.clients.UsedOnce;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
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

  /**
   * @param kind of what is remembered
   */
  public SharedUses(Peers peers, String kind) {
    this.peers = peers;
    this.kind = kind;
  }

  @Override
  public Optional<UsedOnce.Use> use(String user, String id, Instant issued, Instant until)
      throws RequestRefusedException {
    int home = peers.homeOf(user + "\n" + id);
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
}
