package dev.counterfoil.auditserver.issued;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.custodian.Custodian;
import dev.counterfoil.custodian.TenantCustody;
import dev.counterfoil.custodian.check.IssuedBundle;
import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.HeldSegments;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the second part of an export (spec/audit-bundle.md): a tenant's issued tokens under the
 * logs of tokens, in the form in which a custodian shows them, and the key log that says which logs
 * those are.
 */
public final class IssuedExport {
  private static final int PAGE = 500;
  private static final byte[] NOTHING = {};

  private final Custodian custodian;
  private final TenantCustody tenants;
  private final Issuances issuances;

  public IssuedExport(Custodian custodian, Issuances issuances) {
    this.custodian = custodian;
    this.tenants = custodian.tenants();
    this.issuances = issuances;
  }

  /**
   * Writes it.
   *
   * @param asked as the first part says what was asked for; empty for everything
   * @param above in each log only what lies above
   * @param out ends what takes too long, also where nothing is written to it
   */
  public void write(Fence fence, EventQuery query, JsonObject asked, Cursor above, OutputStream out)
      throws IOException {
    Optional<FollowedIssuer> issuer =
        custodian.issuers().stream().filter(one -> one.name().equals(fence.domain())).findFirst();
    line(
        out,
        JsonObject.builder()
            .put("issued", IssuedBundle.VERSION)
            .put("domain", fence.domain())
            .put("tenant", fence.tenant())
            .put("query", asked)
            .build());
    long logs = 0;
    long tokens = 0;
    if (issuer.isPresent()) {
      Map<String, LogFollower> followers = new TreeMap<>(issuer.get().followers());
      Map<String, String> published = published(issuer.get(), followers);
      // The key log first: it states every log that follows.
      tenants.keyLog(
          issuer.get(),
          (path, content) ->
              line(
                  out,
                  JsonObject.builder()
                      .put("file", path)
                      .put("content", Base64.getEncoder().encodeToString(content))
                      .build()));
      for (LogFollower follower : followers.values()) {
        Optional<TenantCustody.Own> own = tenants.own(follower, fence.tenant());
        logs++;
        if (own.isEmpty()) {
          line(out, of(follower, tenants.nothing(follower), published));
        } else {
          // One who was further on than the custodian is now has all that there is.
          long from =
              Math.min(above.logs().getOrDefault(follower.log().name(), -1L) + 1, own.get().size());
          tokens += log(fence, query, asked, own.get(), from, published, out);
        }
      }
    }
    line(
        out, JsonObject.builder().put("end", true).put("logs", logs).put("tokens", tokens).build());
  }

  private long log(
      Fence fence,
      EventQuery query,
      JsonObject asked,
      TenantCustody.Own own,
      long from,
      Map<String, String> published,
      OutputStream out)
      throws IOException {
    LogFollower follower = own.follower();
    boolean whole = asked.names().isEmpty();
    JsonObject line =
        of(follower, own.answer(), published)
            .with("from", from)
            .with("kept_from", follower.custody().held().keptFrom());
    line(
        out,
        whole && from > 0 ? line.with("since", tenants.before(own, fence.tenant(), from)) : line);
    return whole ? all(fence, own, from, out) : selected(fence, query, own, from, out);
  }

  private JsonObject of(LogFollower follower, JsonObject answer, Map<String, String> published) {
    JsonObject line =
        answer
            .with("log", follower.log().key().toString())
            .with("custodian", custodian.cosigner().toString());
    String more = published.get(follower.log().name());
    return more == null ? line : line.with("published", more);
  }

  /**
   * The checkpoints of those logs that have published more than is held, by their names. What they
   * published until now is waited for a moment: it is on its way.
   */
  private static Map<String, String> published(
      FollowedIssuer issuer, Map<String, LogFollower> followers) throws IOException {
    Map<String, String> notes = new HashMap<>();
    for (String log : issuer.notHeld(FollowedIssuer.MOMENT)) {
      @Nullable LogFollower follower = followers.get(log);
      Optional<byte[]> seen = follower == null ? Optional.empty() : follower.seen();
      seen.ifPresent(note -> notes.put(log, new String(note, StandardCharsets.UTF_8)));
    }
    return notes;
  }

  private long all(Fence fence, TenantCustody.Own own, long from, OutputStream out)
      throws IOException {
    long tokens = 0;
    Optional<Integer> tenant = custodian.names().find(fence.tenant());
    HeldSegments held = own.follower().custody().held();
    OptionalLong at = tenant.isPresent() ? OptionalLong.of(from) : OptionalLong.empty();
    while (at.isPresent() && at.getAsLong() < own.size()) {
      HeldSegments.Positions page =
          held.positionsOf(tenant.orElseThrow(), at.getAsLong(), own.size(), PAGE);
      for (long position : page.positions()) {
        line(out, tenants.counterfoil(own, position));
        tokens++;
      }
      at = page.next();
    }
    return tokens;
  }

  private long selected(
      Fence fence, EventQuery query, TenantCustody.Own own, long from, OutputStream out)
      throws IOException {
    EventQuery forward = query.page(-1, query.before(), EventQuery.LIMIT_MAX);
    long tokens = 0;
    for (OptionalLong at = OptionalLong.of(from); at.isPresent(); ) {
      // A reader that is given nothing reads nothing: its time ends by this.
      out.write(NOTHING);
      Optional<IssuedWalk> walk =
          issuances.walk(fence, forward, own.follower(), at.getAsLong() - 1, own.size());
      if (walk.isEmpty()) {
        return tokens;
      }
      tokens += found(walk.get(), own, out);
      at = walk.get().isTired() ? OptionalLong.of(walk.get().at()) : OptionalLong.empty();
    }
    return tokens;
  }

  private long found(IssuedWalk walk, TenantCustody.Own own, OutputStream out) throws IOException {
    long tokens = 0;
    for (Optional<IssuedWalk.Issued> one = walk.peek(); one.isPresent(); one = walk.peek()) {
      line(out, tenants.counterfoil(own, one.get().position()));
      tokens++;
      walk.take();
    }
    return tokens;
  }

  private static void line(OutputStream out, JsonObject line) throws IOException {
    out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
