package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.following.MirroredLog;
import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.custodian.held.HeldFile;
import dev.counterfoil.custodian.issuer.HeldKeyLog;
import dev.counterfoil.custodian.issuer.HeldRevocations;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.log.read.LogReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.PathMatchers;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a custodian answers over HTTP below {@code /logs/<hex SHA-256 of the origin>/}: what it
 * holds and cosigns, to everybody; and the log itself, from what is held, in the same form in which
 * the log serves it, so that tokens are still proved when the log's own host is lost.
 */
public final class CustodyRoutes {
  private static final String PREFIX = "/logs";
  private static final String PROOF = "proof/";
  private static final String BYTES = "application/octet-stream";
  private static final String NOTE = "text/plain; charset=utf-8";

  private final Custodian custodian;
  private final TenantRoutes tenants;
  private final Map<String, LogReader> readers = new ConcurrentHashMap<>();

  CustodyRoutes(Custodian custodian, BearerCheck callers) {
    this.custodian = custodian;
    this.tenants = new TenantRoutes(custodian, callers);
  }

  void register(HttpRouting.Builder routing, Answers answers) {
    routing.route(
        method -> true, PathMatchers.prefix(PREFIX), answers.to(Method.GET, PREFIX, this::answer));
  }

  /** The name by which a log is asked for: lower-case hexadecimal digits. */
  public static String nameOf(String origin) {
    return Hash.sha256(origin.getBytes(StandardCharsets.UTF_8)).hex();
  }

  private void answer(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    String path = request.prologue().uriPath().rawPath().substring(PREFIX.length());
    int slash = path.indexOf('/', 1);
    if (slash < 0) {
      throw notFound();
    }
    String name = path.substring(1, slash);
    String rest = path.substring(slash + 1);
    Optional<HeldKeyLog> keyLog = custodian.keyLog(name);
    if (keyLog.isPresent()) {
      keyLog(keyLog.get(), rest, response);
      return;
    }
    // What the operator configured comes before a log that an issuer states under its name.
    Optional<HeldDisclosureLog> disclosure = custodian.disclosureLog(name);
    if (disclosure.isPresent()) {
      disclosure(disclosure.get(), rest, response);
      return;
    }
    Optional<MirroredLog> mirror = custodian.mirror(name);
    if (mirror.isPresent()) {
      mirrored(name, rest, mirror.get(), response);
      return;
    }
    LogFollower follower = custodian.log(name).orElseThrow(CustodyRoutes::notFound);
    Optional<CustodyLog.Vouched> known = follower.custody().vouched();
    if (isNote(rest)) {
      note(rest, known, follower.log().key(), response);
      return;
    }
    CustodyLog.Vouched vouched = known.orElseThrow(CustodyRoutes::notFound);
    LogReader reader = readers.computeIfAbsent(name, n -> follower.custody().reader());
    switch (rest) {
      case "tenant" -> tenants.own(follower, vouched, request, response);
      case "tenants" -> tenants.all(follower, vouched, request, response);
      case "seen" ->
          send(response, NOTE, "no-store", follower.seen().orElseThrow(CustodyRoutes::notFound));
      case "records" -> tenants.records(follower, vouched, request, response);
      case "tenant/counterfoils" ->
          tenants.counterfoils(follower, vouched, reader, request, response);
      default -> tree(reader, rest, response);
    }
  }

  /** What is held of a key log, from which a registrar takes back what its disk lost. */
  private void keyLog(HeldKeyLog keyLog, String rest, ServerResponse response)
      throws RefusedRequestException, IOException {
    if (isNote(rest)) {
      note(rest, keyLog.vouched(), keyLog.key(), response);
      return;
    }
    Optional<HeldRevocations.Bundle> revoked = HeldRevocations.Bundle.parse(rest);
    Tile tile =
        revoked
            .map(HeldRevocations.Bundle::tile)
            .or(() -> Tile.parse(rest))
            .orElseThrow(CustodyRoutes::notFound);
    HeldFile file =
        (revoked.isPresent() ? keyLog.file(revoked.get()) : keyLog.file(tile))
            .orElseThrow(CustodyRoutes::notFound);
    send(response, tile, file);
  }

  /** A disclosure log: its entries are digests, so anybody may have them. */
  private void disclosure(HeldDisclosureLog log, String rest, ServerResponse response)
      throws RefusedRequestException, IOException {
    if (isNote(rest)) {
      note(rest, log.vouched(), log.place().key(), response);
      return;
    }
    Tile tile = Tile.parse(rest).orElseThrow(CustodyRoutes::notFound);
    send(response, tile, log.file(tile).orElseThrow(CustodyRoutes::notFound));
  }

  private static void send(ServerResponse response, Tile tile, HeldFile file) throws IOException {
    response
        .header(HeaderNames.CONTENT_TYPE, BYTES)
        .header(HeaderNames.CACHE_CONTROL, cache(tile))
        .header(HeaderNames.CONTENT_LENGTH, Long.toString(file.length()));
    // A bundle is as long as its entries are, up to megabytes, and anybody may ask for many of them
    // and take none.
    try (OutputStream out = response.status(Status.OK_200).outputStream()) {
      for (long from = 0; from < file.length(); ) {
        byte[] piece = file.piece(from);
        out.write(piece);
        from += piece.length;
      }
    }
  }

  /** A record log: its entries are nobody's, so there is nothing for tenants. */
  private void mirrored(String name, String rest, MirroredLog mirror, ServerResponse response)
      throws RefusedRequestException, IOException {
    if (isNote(rest)) {
      note(rest, mirror.vouched(), mirror.log().key(), response);
    } else if (mirror.vouched().isEmpty()) {
      throw notFound();
    } else {
      tree(readers.computeIfAbsent(name, n -> mirror.reader()), rest, response);
    }
  }

  private static boolean isNote(String rest) {
    return rest.equals("held") || rest.equals("checkpoint");
  }

  private void note(
      String rest, Optional<CustodyLog.Vouched> vouched, NoteKey log, ServerResponse response)
      throws RefusedRequestException {
    if (vouched.isPresent()) {
      send(response, NOTE, "no-store", custodian.cosigned(vouched.get().note()).bytes());
    } else if (rest.equals("held")) {
      // A signer that starts waits for a word about its log, also where nothing is held of it.
      send(response, NOTE, "no-store", custodian.cosignedNothing(log).bytes());
    } else {
      throw notFound();
    }
  }

  private void tree(LogReader reader, String rest, ServerResponse response)
      throws RefusedRequestException, IOException {
    if (rest.startsWith(PROOF)) {
      send(response, NOTE, "no-store", proof(reader, rest.substring(PROOF.length())));
      return;
    }
    Tile tile = Tile.parse(rest).orElseThrow(CustodyRoutes::notFound);
    byte[] bytes = reader.find(tile).orElseThrow(CustodyRoutes::notFound);
    send(response, BYTES, cache(tile), bytes);
  }

  private static String cache(Tile tile) {
    return tile.isPartial()
        ? "public, max-age=60, immutable"
        : "public, max-age=31536000, immutable";
  }

  /** A tlog-proof, whose checkpoint carries our cosignature too. */
  private byte[] proof(LogReader reader, String position)
      throws RefusedRequestException, IOException {
    long index;
    try {
      index = Decimal.parse(position, TokenId.POSITION_LIMIT - 1);
    } catch (FormatException e) {
      throw notFound();
    }
    Optional<TlogProof> proof = reader.proof(index);
    return proof
        .map(p -> new TlogProof(p.index(), p.path(), custodian.cosigned(p.checkpoint())).bytes())
        .orElseThrow(CustodyRoutes::notFound);
  }

  private static void send(ServerResponse response, String type, String cache, byte[] bytes) {
    response
        .header(HeaderNames.CONTENT_TYPE, type)
        .header(HeaderNames.CACHE_CONTROL, cache)
        .send(bytes);
  }

  private static RefusedRequestException notFound() {
    return new RefusedRequestException(Problem.notFound());
  }
}
