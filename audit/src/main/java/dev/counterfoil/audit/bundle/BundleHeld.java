package dev.counterfoil.audit.bundle;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.store.HeldWord;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a bundle's header says that custodians said, checked against the keys of those whom the
 * caller believes: of anybody else there is his name, and nothing is checked.
 */
final class BundleHeld {
  private static final long NOTHING = -1;

  private final CosignerKey custodian;
  private final boolean isBelieved;
  private final long size;
  private final long saidAt;

  /** Below which size his counts are; {@link #NOTHING} without. */
  private final long countedSize;

  private final long counted;

  /** Events below what he holds, and below what he counted. */
  private long linesHeld;

  private long linesCounted;

  private BundleHeld(
      CosignerKey custodian,
      boolean isBelieved,
      long size,
      long saidAt,
      long countedSize,
      long counted) {
    this.custodian = custodian;
    this.isBelieved = isBelieved;
    this.size = size;
    this.saidAt = saidAt;
    this.countedSize = countedSize;
    this.counted = counted;
  }

  /** Reads and checks what the header says. */
  static List<BundleHeld> verified(
      JsonObject header,
      Fence fence,
      Checkpoint checkpoint,
      BundleCounts counts,
      boolean whole,
      List<CosignerKey> believed)
      throws FormatException {
    if (!header.has("held")) {
      return List.of();
    }
    List<JsonObject> words = header.objects("held");
    if (words.size() > HeldWord.WORDS_MAX) {
      throw new FormatException("the bundle has the words of too many custodians");
    }
    List<BundleHeld> held = new ArrayList<>();
    for (JsonObject word : words) {
      word.allowOnly("custodian", "note", "log", "counts");
      CosignerKey named = CosignerKey.parse(word.string("custodian"));
      if (held.stream().anyMatch(other -> other.custodian.equals(named))) {
        throw new FormatException("a custodian's word stands twice");
      }
      held.add(
          believed.contains(named)
              ? new Word(word, named, checkpoint).verified(fence, counts, whole)
              : new BundleHeld(named, false, 0, NOTHING, NOTHING, 0));
    }
    return List.copyOf(held);
  }

  /** One whose key is known. */
  private record Word(JsonObject json, CosignerKey custodian, Checkpoint checkpoint) {
    BundleHeld verified(Fence fence, BundleCounts counts, boolean whole) throws FormatException {
      SignedNote note = SignedNote.parse(json.string("note").getBytes(StandardCharsets.UTF_8));
      Checkpoint held = Checkpoint.parse(note.text());
      Optional<Cosignature> cosignature = Cosignature.find(note, custodian);
      // An extension line would make it another word than that he holds this state.
      if (cosignature.isEmpty() || !held.text().equals(note.text())) {
        throw new FormatException("custodian " + custodian.name() + " did not cosign what is held");
      }
      requireSameLog(held);
      // He may have said it of more than there was when the bundle was begun.
      boolean isEarlier = held.size() <= checkpoint.size();
      BundleCounts.requireGoesOn(
          isEarlier ? held : checkpoint, isEarlier ? checkpoint : held, json);
      long saidAt = cosignature.get().at().getEpochSecond();
      Optional<JsonObject> own = json.optionalObject("counts");
      if (own.isEmpty()) {
        return new BundleHeld(custodian, true, held.size(), saidAt, NOTHING, 0);
      }
      own.get().allowOnly("statement", "count", "salt", "index", "proof", "log");
      CustodyStatement statement =
          CustodyStatement.verify(
              own.get().string("statement").getBytes(StandardCharsets.UTF_8),
              checkpoint.origin(),
              custodian);
      requireSameLog(statement.checkpoint());
      if (!BundleCounts.isProved(own.get())) {
        throw new FormatException(
            "nothing shows that custodian " + custodian.name() + " counts none of the tenant's");
      }
      if (!whole
          || statement.checkpoint().size() < counts.since()
          || statement.checkpoint().size() > checkpoint.size()) {
        throw new FormatException("a custodian's count is of other events than the bundle has");
      }
      BundleCounts.requireGoesOn(statement.checkpoint(), checkpoint, own.get());
      long count = BundleCounts.count(own.get(), fence, statement, "custodian " + custodian.name());
      return new BundleHeld(
          custodian, true, held.size(), saidAt, statement.checkpoint().size(), count);
    }

    private void requireSameLog(Checkpoint state) throws FormatException {
      if (!state.origin().equals(checkpoint.origin())) {
        throw new FormatException("custodian " + custodian.name() + " speaks of another log");
      }
    }
  }

  /** A line of the bundle shows a leaf of the tenant's. */
  void shows(long position) {
    if (position < size) {
      linesHeld++;
    }
    if (position < countedSize) {
      linesCounted++;
    }
  }

  /**
   * What it comes to, at the end of the bundle.
   *
   * @param before how many events the tenant has before those in the bundle
   * @throws FormatException where his count is another one
   */
  AuditBundle.Held proved(long before) throws FormatException {
    if (countedSize != NOTHING && before + linesCounted != counted) {
      throw new FormatException(
          "custodian %s counts %d events of the tenant below %d, and the bundle has %d: one was left out, or he has other ones"
              .formatted(custodian.name(), counted, countedSize, before + linesCounted));
    }
    return new AuditBundle.Held(
        custodian, isBelieved, size, saidAt, linesHeld, countedSize, counted);
  }
}
