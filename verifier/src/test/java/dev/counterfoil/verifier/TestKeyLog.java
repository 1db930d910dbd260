package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.keylog.RevocationTip;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** A key log in memory: it takes any entry, also one that nobody may believe. */
public final class TestKeyLog {
  private final String origin;
  private final TestKeys.Ed25519 key;
  private final List<byte[]> entries = new ArrayList<>();
  private final Map<Long, List<byte[]>> revoked = new TreeMap<>();
  private long openRevocations;

  TestKeyLog(String origin, TestKeys.Ed25519 key) {
    this.origin = origin;
    this.key = key;
  }

  String origin() {
    return origin;
  }

  NoteKey noteKey() {
    return key.noteKey(origin);
  }

  synchronized long size() {
    return entries.size();
  }

  synchronized void append(byte[] entry) {
    entries.add(entry);
  }

  synchronized List<byte[]> entries() {
    return List.copyOf(entries);
  }

  /** Opens the next revocation log, which every later head names, and states it. */
  synchronized long openRevocations(Instant at) {
    openRevocations = revoked.size() + 1L;
    revoked.put(openRevocations, new ArrayList<>());
    append(KeyLogEntry.of(new KeyLogEvent.RevocationLogStated(openRevocations), at));
    return openRevocations;
  }

  /** Adds an entry to the open revocation log. */
  synchronized void revoke(byte[] entry) {
    revoked(openRevocations).add(entry);
  }

  /** Ends the open revocation log. */
  synchronized void endRevocations(Instant at, Instant until) {
    RevocationTip tip = tip(openRevocations, at);
    append(
        KeyLogEntry.of(
            new KeyLogEvent.RevocationLogEnded(tip.number(), tip.size(), tip.root(), until), at));
    openRevocations = 0;
  }

  /** What a revocation log has by now; it may be changed, which nobody may believe. */
  synchronized List<byte[]> revoked(long number) {
    return Objects.requireNonNull(revoked.get(number));
  }

  private RevocationTip tip(long number, Instant at) {
    MerkleFrontier frontier = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    revoked(number).forEach(entry -> frontier.append(hasher.leaf(entry)));
    return new RevocationTip(
        number, frontier.size(), frontier.root(), at.truncatedTo(ChronoUnit.SECONDS));
  }

  /** The same key over other entries. */
  TestKeyLog fork(List<byte[]> others) {
    TestKeyLog fork = new TestKeyLog(origin, key);
    others.forEach(fork::append);
    return fork;
  }

  /** The head as it is signed at an instant. */
  SignedNote head(Instant at) {
    return head(size(), at);
  }

  /** The head of an earlier size, as it is signed at an instant. */
  synchronized SignedNote head(long size, Instant at) {
    SignedNote signed = checkpoint(size);
    List<SignedNote.NoteSignature> lines = new ArrayList<>(signed.signatures());
    lines.add(cosigned(signed.text(), KeyLogHead.cosignerKey(noteKey()), key, at));
    if (openRevocations > 0) {
      try {
        lines.add(tip(openRevocations, at).sign(signed.text(), key.noteSigner(origin)));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
    return new SignedNote(signed.text(), lines);
  }

  /** A checkpoint without a time. */
  synchronized SignedNote checkpoint(long size) {
    MerkleFrontier frontier = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    entries.stream().limit(size).forEach(entry -> frontier.append(hasher.leaf(entry)));
    try {
      return new Checkpoint(origin, frontier.size(), frontier.root()).sign(key.noteSigner(origin));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static SignedNote.NoteSignature cosigned(
      String text, CosignerKey as, TestKeys.Ed25519 key, Instant at) {
    CosignatureSigner signer =
        new CosignatureSigner() {
          @Override
          public CosignerKey key() {
            return as;
          }

          @Override
          public byte[] sign(byte[] message) throws GeneralSecurityException {
            return key.signature(message);
          }
        };
    try {
      return Cosignature.make(text, at.getEpochSecond(), signer).line();
    } catch (GeneralSecurityException | FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  synchronized Optional<byte[]> bundle(Tile tile) {
    return bundle(entries, tile);
  }

  /** A bundle of a revocation log. */
  synchronized Optional<byte[]> bundle(long number, Tile tile) {
    return bundle(revoked.getOrDefault(number, List.of()), tile);
  }

  private static Optional<byte[]> bundle(List<byte[]> entries, Tile tile) {
    int first = (int) tile.index() * Tile.FULL_WIDTH;
    return tile.level() != Tile.ENTRIES || first + tile.width() > entries.size()
        ? Optional.empty()
        : Optional.of(EntryBundle.of(entries.subList(first, first + tile.width())));
  }
}
