package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.DisclosureKeyStated;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.StatedDisclosureKey;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationChain;
import dev.counterfoil.log.read.HttpLogSource;
import dev.counterfoil.log.read.LogProver;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The key of a domain's disclosure process as its key log states it, with all that shows so from a
 * policy file alone (spec/disclosure.md).
 *
 * @param entry the key log's entry, a compact JWS
 * @param proof that it stands there, under a checkpoint that the policy's quorum cosigned
 *     (c2sp.org/tlog-proof)
 * @param delegation the root's delegation to the key that signed the entry, with the root's
 *     versions
 */
public record DisclosureKey(String entry, String proof, DelegationChain delegation) {
  private static final Duration ASK_EVERY = Duration.ofMillis(250);

  /**
   * Reads from the issuer's key log what an entry states, as soon as the policy's quorum has
   * cosigned it.
   *
   * @param index of the entry
   * @throws IOException also when nothing counts in time
   * @throws FormatException when the key log says something else there
   */
  public static DisclosureKey await(
      TrustPolicy policy, long index, InstantSource clock, Duration within)
      throws IOException, FormatException, InterruptedException {
    ReadSide network = HttpReadSide.create(within);
    long deadline = System.nanoTime() + within.toNanos();
    while (true) {
      KeySet keys = KeySetSource.read(policy, network, clock.instant());
      Optional<StatedDisclosureKey> stated =
          keys.disclosureKeys().stream().filter(key -> key.index() == index).findFirst();
      if (stated.isPresent()) {
        DelegationChain delegation =
            keys.delegationChain(stated.get().at())
                .orElseThrow(() -> new FormatException("no delegation stands at the entry"));
        DisclosureKey key = read(policy, index, delegation);
        StatedDisclosureKey _ = key.verify(policy);
        return key;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException(
            "the key log has the statement as entry %d, and no checkpoint that the policy's quorum cosigned covers it yet. Look at the witnesses, and run it again"
                .formatted(index));
      }
      Thread.sleep(ASK_EVERY);
    }
  }

  private static DisclosureKey read(TrustPolicy policy, long index, DelegationChain delegation)
      throws IOException, FormatException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpLogSource log =
          new HttpLogSource(client, KeyLog.url(policy.issuer()), UnaryOperator.identity());
      Optional<byte[]> cosigned = log.cosignedCheckpoint();
      SignedNote note = SignedNote.parse(cosigned.isPresent() ? cosigned.get() : log.checkpoint());
      LogProver prover = new LogProver(log);
      return new DisclosureKey(
          new String(
              prover.entry(index, Checkpoint.parse(note.text()).size()), StandardCharsets.US_ASCII),
          new String(prover.inclusion(index, note).bytes(), StandardCharsets.UTF_8),
          delegation);
    }
  }

  /**
   * Verifies from the policy's root down that the key log states the key.
   *
   * @throws FormatException when it does not
   */
  public StatedDisclosureKey verify(TrustPolicy policy) throws FormatException {
    Delegation root = delegation.verify(policy.root());
    if (!root.domain().equals(policy.domain()) || !root.issuer().equals(policy.issuer())) {
      throw new FormatException("the delegation is for another domain");
    }
    byte[] bytes = entry.getBytes(StandardCharsets.US_ASCII);
    TlogProof read = TlogProof.parse(proof.getBytes(StandardCharsets.UTF_8));
    StatedDisclosureKey key = DisclosureKeyStated.verify(bytes, read.index(), root, policy);
    if (!read.verify(bytes, policy.logPolicy()).origin().equals(KeyLog.origin(policy.issuer()))) {
      throw new FormatException("another log than the key log states the key");
    }
    return key;
  }

  /** As a part of a file. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("delegation", delegation.toJson())
        .put("entry", entry)
        .put("proof", proof)
        .build();
  }

  /** Reads a part of a file. */
  public static DisclosureKey parse(JsonObject json) throws FormatException {
    json.allowOnly("delegation", "entry", "proof");
    return new DisclosureKey(
        json.string("entry"),
        json.string("proof"),
        DelegationChain.parse(json.object("delegation")));
  }
}
