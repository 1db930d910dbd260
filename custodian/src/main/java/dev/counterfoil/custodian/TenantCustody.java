package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.custodian.held.HeldEntry;
import dev.counterfoil.custodian.held.HeldSegments;
import dev.counterfoil.custodian.issuer.HeldKeyLog;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What a tenant is shown of its counterfoils, each with its proof, and what shows that they are
 * all: the same over HTTP (spec/custody.md) and in an export.
 */
public final class TenantCustody {
  private final Custodian custodian;

  TenantCustody(Custodian custodian) {
    this.custodian = custodian;
  }

  /**
   * A log in a state that its signer signed and the custodian stated.
   *
   * @param follower the log
   * @param size of that state
   * @param reader makes proofs
   * @param answer {@code statement}, {@code head}, {@code tenant}, {@code count}, and what proves
   *     the count
   */
  public record Own(LogFollower follower, long size, LogReader reader, JsonObject answer) {}

  /** A tenant's own count in a log; empty where nothing of the log is held yet. */
  public Optional<Own> own(LogFollower follower, String tenant) throws IOException {
    Optional<CustodyLog.Vouched> vouched = follower.custody().vouched();
    return vouched.isEmpty()
        ? Optional.empty()
        : Optional.of(own(follower, vouched.get(), follower.custody().reader(), tenant));
  }

  Own own(LogFollower follower, CustodyLog.Vouched vouched, LogReader reader, String tenant)
      throws IOException {
    CustodyStatements.Made made = custodian.statement(follower, vouched);
    CustodyStatements.OwnSigned own = custodian.statements().own(follower, tenant, made);
    JsonObject.Builder json = statement(own.note(), made.head()).put("tenant", tenant);
    long size = own.own().statement().checkpoint().size();
    return new Own(follower, size, reader, count(json, own.own()).build());
  }

  private static JsonObject.Builder count(JsonObject.Builder json, CustodyStatements.Own own) {
    return json.put("count", own.count().count())
        .put("salt", own.count().salt().base64())
        .put("index", own.index())
        .put("path", own.path().stream().map(Hash::base64).toList());
  }

  /**
   * How many of the tenant's lie below a size that the log had or could have had, with {@code log},
   * the proof that it goes on from there.
   *
   * @param size 1 up to that of the state
   */
  public JsonObject before(Own own, String tenant, long size) throws IOException {
    CustodyLog custody = own.follower().custody();
    HashSource hashes = own.reader().hashes(own.size());
    Checkpoint earlier;
    List<Hash> goesOn;
    try {
      goesOn = SharedProof.goingOn(hashes, size, own.size());
      earlier = Checkpoint.of(own.follower().log().key().name(), size, hashes);
    } catch (HashSource.UnavailableException e) {
      throw new IOException("the proof from " + size + " on cannot be made", e);
    }
    CustodyStatements.OwnSigned stated = custodian.statements().before(tenant, custody, earlier);
    JsonObject.Builder json = JsonObject.builder().put("statement", text(stated.note()));
    return count(json, stated.own()).put("log", goesOn.stream().map(Hash::base64).toList()).build();
  }

  static JsonObject.Builder statement(SignedNote statement, SignedNote head) {
    return JsonObject.builder().put("statement", text(statement)).put("head", text(head));
  }

  private static String text(SignedNote note) {
    return new String(note.bytes(), StandardCharsets.UTF_8);
  }

  /** The custodian's word that nothing of a log is held, such as of a spare signer's. */
  public JsonObject nothing(LogFollower follower) {
    return JsonObject.builder()
        .put("nothing", text(custodian.cosignedNothing(follower.log().key())))
        .build();
  }

  /** The counterfoil at a position of a log, with its proof under that state. */
  public JsonObject counterfoil(Own own, long position) throws IOException {
    return counterfoil(own.follower().custody().held(), own.reader(), position, own.size());
  }

  static JsonObject counterfoil(HeldSegments held, LogReader reader, long position, long size)
      throws IOException {
    try {
      List<Hash> path = InclusionProof.make(reader.hashes(size), position, size).path();
      JsonObject.Builder json =
          JsonObject.builder()
              .put("position", position)
              .put("path", path.stream().map(Hash::base64).toList());
      Optional<byte[]> record = held.record(position);
      if (record.isPresent()) {
        return json.put("record", Base64Url.encode(record.get())).build();
      }
      HeldEntry entry =
          held.entry(position)
              .orElseThrow(() -> new IOException("position " + position + " is not held"));
      return json.put("shredded", true).put("digest", entry.digest().base64()).build();
    } catch (HashSource.UnavailableException e) {
      throw new IOException("the proof of position " + position + " cannot be made", e);
    }
  }

  /** Takes the files of a log's public side. */
  @FunctionalInterface
  public interface Files {
    void file(String path, byte[] content) throws IOException;
  }

  /**
   * Gives a domain's key log as it is held, whole: its checkpoint, its entries, and where witnesses
   * count what they cosigned.
   *
   * @return its key; empty where nothing of it is held yet
   */
  public Optional<NoteKey> keyLog(FollowedIssuer issuer, Files files) throws IOException {
    HeldKeyLog held = issuer.keyLog();
    Optional<CustodyLog.Vouched> vouched = held.vouched();
    if (vouched.isEmpty()) {
      return Optional.empty();
    }
    files.file("checkpoint", vouched.get().note().bytes());
    Optional<byte[]> cosigned = held.cosigned();
    if (cosigned.isPresent()) {
      files.file("checkpoint.cosigned", cosigned.get());
    }
    long size = vouched.get().checkpoint().size();
    for (long bundle = 0; bundle * Tile.FULL_WIDTH < size; bundle++) {
      Tile tile = Tile.of(Tile.ENTRIES, bundle, size);
      files.file(tile.path(), held.tile(tile));
    }
    return Optional.of(held.key());
  }
}
