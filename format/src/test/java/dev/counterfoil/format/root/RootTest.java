package dev.counterfoil.format.root;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeyLogCases;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.Samples;
import dev.counterfoil.format.note.NoteKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * A root's versions, and who follows them from which one. {@link KeyLogCases} has what may stand in
 * a key log.
 */
class RootTest {
  private static final Instant NOW = Samples.NOW;
  private static final Instant LATER = NOW.plus(Duration.ofDays(365));

  private final Samples samples = new Samples();

  /** Each version has one holder and is signed by him and by the one before. */
  private List<JointStatement> versions(int count) throws Exception {
    List<JointStatement> versions = new ArrayList<>();
    Samples.Signer before = new Samples.Signer();
    RootMetadata root = RootMetadata.first(List.of(before.noteKey("h1")), 1, NOW, LATER);
    versions.add(root.unsigned().signedBy(before));
    for (int version = 2; version <= count; version++) {
      Samples.Signer next = new Samples.Signer();
      root = root.next(List.of(next.noteKey("h" + version)), 1, NOW, LATER);
      versions.add(root.unsigned().signedBy(before).signedBy(next));
      before = next;
    }
    return versions;
  }

  private static RootPin pin(JointStatement version) throws Exception {
    return RootMetadata.parse(version).pin();
  }

  @Test
  void whoPinsAnyVersionFollowsAllOfThem() throws Exception {
    List<JointStatement> versions = versions(4);
    for (JointStatement pinned : versions) {
      RootChain chain = RootChain.under(pin(pinned));
      for (JointStatement version : versions) {
        boolean before = chain.links().size() + 1 < pin(pinned).version();
        chain = chain.with(version);
        assertThat(chain.reachesPin()).isEqualTo(!before);
      }
      assertThat(chain.current().orElseThrow().keys().get(0).name()).isEqualTo("h4");
    }
  }

  @Test
  void anotherChainThatIsGoodInItselfEndsAtThePinnedVersion() throws Exception {
    List<JointStatement> ours = versions(3);
    List<JointStatement> others = versions(3);
    RootChain chain = RootChain.under(pin(ours.get(1))).with(others.get(0));
    assertThat(chain.reachesPin()).as("nothing counts yet").isFalse();
    assertThatThrownBy(() -> chain.with(others.get(1)))
        .hasMessage("root is another one than the policy pins");
    assertThatThrownBy(() -> chain.with(ours.get(1)))
        .hasMessage("root names another version before it");
  }

  @Test
  void nothingCountsBeforeThePinnedVersionIsThere() throws Exception {
    RootMetadata second = samples.root().next(samples.root().keys(), 2, NOW, LATER);
    KeyLogState state = KeyLogState.empty("enterprise", Samples.ISSUER, second.pin(), List.of());
    for (byte[] entry : samples.keyLog()) {
      state.apply(entry);
    }
    assertThatThrownBy(() -> state.keySet(state.size(), NOW))
        .hasMessageContaining("version 2 of the root");
    state.apply(KeyLogEntry.of(samples.sign(second.unsigned())));
    assertThat(state.keySet(state.size(), NOW).keys()).containsExactly(samples.statement());
  }

  @Test
  void aRotationLeavesWhatStands() throws Exception {
    KeyLogState state = samples.nothing();
    for (byte[] entry : samples.keyLog()) {
      state.apply(entry);
    }
    state.apply(
        KeyLogEntry.of(
            samples.sign(
                samples
                    .root()
                    .next(samples.root().keys(), 3, NOW, LATER)
                    .unsigned()
                    .signedBy(samples.holders.get(1)))));
    assertThat(state.keySet(state.size(), NOW).keys()).containsExactly(samples.statement());
    assertThat(state.root().current().orElseThrow().threshold()).isEqualTo(3);
  }

  @Test
  void aDelegationGoesWithItsRootsAndIsVerifiedFromEachOfThem() throws Exception {
    List<JointStatement> versions = versions(2);
    RootMetadata second = RootMetadata.parse(versions.get(1));
    Samples.Signer holder = new Samples.Signer();
    RootMetadata first = RootMetadata.first(List.of(holder.noteKey("h")), 1, NOW, LATER);
    RootMetadata rotated = first.next(List.of(holder.noteKey("h")), 1, NOW, LATER.minusSeconds(1));
    DelegationChain chain =
        new DelegationChain(
            List.of(first.unsigned().signedBy(holder), rotated.unsigned().signedBy(holder)),
            samples.delegation().unsigned().signedBy(holder));
    DelegationChain read = DelegationChain.parse(chain.toJson());
    assertThat(read).isEqualTo(chain);
    for (RootPin pin : List.of(first.pin(), rotated.pin())) {
      assertThat(read.verify(pin)).isEqualTo(samples.delegation());
    }
    assertThatThrownBy(() -> read.verify(second.pin())).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> read.verify(new RootPin(3, Hash.sha256())))
        .hasMessageContaining("not among them");
  }

  @Test
  void whatIsNoRootIsRefused() {
    List<NoteKey> keys = samples.root().keys();
    RootMetadata.first(keys, 3, NOW, LATER);
    List<Runnable> bad =
        List.of(
            () -> RootMetadata.first(keys, 4, NOW, LATER),
            () -> RootMetadata.first(keys, 0, NOW, LATER),
            () -> RootMetadata.first(List.of(), 1, NOW, LATER),
            () -> RootMetadata.first(List.of(keys.get(0), keys.get(0)), 1, NOW, LATER),
            () ->
                RootMetadata.first(
                    List.of(keys.get(0), new NoteKey("other", keys.get(0).publicKey())),
                    1,
                    NOW,
                    LATER),
            () -> RootMetadata.first(seventeen(), 1, NOW, LATER),
            () -> RootMetadata.first(keys, 2, NOW, NOW),
            () -> RootMetadata.first(keys, 2, NOW, NOW.plus(Duration.ofDays(3654))),
            () -> new RootMetadata(1, keys, 2, NOW, LATER, Optional.of(Hash.sha256())),
            () -> new RootMetadata(2, keys, 2, NOW, LATER, Optional.empty()));
    for (Runnable one : bad) {
      assertThatThrownBy(one::run).isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static List<NoteKey> seventeen() {
    List<NoteKey> keys = new ArrayList<>();
    for (int i = 0; i < 17; i++) {
      keys.add(new Samples.Signer().noteKey("h" + i));
    }
    return keys;
  }

  @Test
  void theLargestRootFitsIntoAnEntry() throws Exception {
    List<Samples.Signer> old = new ArrayList<>();
    List<Samples.Signer> fresh = new ArrayList<>();
    String name = "h".repeat(RootMetadata.HOLDER_LENGTH_MAX - 3);
    List<NoteKey> oldKeys = new ArrayList<>();
    List<NoteKey> freshKeys = new ArrayList<>();
    for (int i = 0; i < RootMetadata.KEYS_MAX; i++) {
      old.add(new Samples.Signer());
      fresh.add(new Samples.Signer());
      oldKeys.add(old.get(i).noteKey(name + "o" + i));
      freshKeys.add(fresh.get(i).noteKey(name + "n" + i));
    }
    RootMetadata first = RootMetadata.first(oldKeys, 16, NOW, LATER);
    RootMetadata second = first.next(freshKeys, 16, NOW, LATER);
    JointStatement one = first.unsigned();
    JointStatement two = second.unsigned();
    for (int i = 0; i < RootMetadata.KEYS_MAX; i++) {
      one = one.signedBy(old.get(i));
      two = two.signedBy(old.get(i)).signedBy(fresh.get(i));
    }
    KeyLogState state = KeyLogState.empty("enterprise", Samples.ISSUER, first.pin(), List.of());
    state.apply(KeyLogEntry.of(one));
    state.apply(KeyLogEntry.of(two));
    assertThat(state.root().current()).contains(second);
  }
}
