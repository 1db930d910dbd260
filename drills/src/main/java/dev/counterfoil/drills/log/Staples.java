package dev.counterfoil.drills.log;

import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.verifier.StapledProof;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/** The proofs that a client fetches and sends with its tokens: anybody may have any of them. */
public final class Staples {
  private static final int PROOF_BYTES_MAX = 16 * 1024;
  private static final int CLAIMS_BYTES_MAX = 16 * 1024;
  private static final int TRIES = 100;
  private static final long PAUSE_MILLIS = 50;

  private final String issuer;
  private final ReadSide network;
  private final Map<String, String> known = new HashMap<>();

  public Staples(String issuer, ReadSide network) {
    this.issuer = issuer;
    this.network = network;
  }

  /** The proof of an honest token: there when a checkpoint covers it, which is soon. */
  public String of(Acknowledged token) throws IOException, InterruptedException {
    String place = place(token.id());
    String proof = known.get(place);
    for (int tries = 1; proof == null; tries++) {
      try {
        proof = fetched(place);
      } catch (IOException e) {
        if (tries == TRIES) {
          throw e;
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    }
    known.put(place, proof);
    return proof;
  }

  /**
   * What a thief sends with a token: the proof of the place that it names, or else that of another
   * token, which is the best that he has.
   */
  public String bestFor(String token, Acknowledged another)
      throws IOException, InterruptedException {
    try {
      byte[] claims = Base64Url.decode(token.split("\\.", -1)[1]);
      return fetched(
          place(TokenId.parse(StrictJson.object(claims, CLAIMS_BYTES_MAX).string("jti"))));
    } catch (FormatException | IOException e) {
      return of(another);
    }
  }

  private static String place(TokenId id) {
    return id.log() + "/proof/" + id.position();
  }

  private String fetched(String place) throws IOException {
    return StapledProof.of(network.get(URI.create(issuer + "/logs/" + place), PROOF_BYTES_MAX));
  }
}
