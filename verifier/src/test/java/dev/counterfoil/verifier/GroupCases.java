package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.verifier.TokenCases.Case;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Of {@link TokenCases} those with a group handle. */
final class GroupCases {
  private final TestIssuer issuer;
  private final TestKeys.Es256 key;
  private final List<Case> cases;

  GroupCases(TestIssuer issuer, TestKeys.Es256 key, List<Case> cases) {
    this.issuer = issuer;
    this.key = key;
    this.cases = cases;
  }

  void add() {
    String revoked = handle(1).toString();
    String other = handle(2).toString();
    Instant before = TokenCases.NOW.minusSeconds(10);
    issuer.revokeGroup(handle(1), before);
    good("group", "its group is not revoked, and one that is has another handle", of(other));
    refused(
        "group-revoked",
        RefusalCode.TOKEN_REVOKED,
        "its group is revoked, and it was issued a second before the time that the entry names",
        issued(revoked, before.minusSeconds(1)));
    good(
        "group-revoked-before",
        "its group is revoked, and it was issued at the time that the entry names",
        issued(revoked, before));
    good(
        "group-other-issued-earlier",
        "as old as one of the revoked group, and of another",
        issued(other, before.minusSeconds(1)));
    handles();
  }

  private void handles() {
    String handle = handle(3).toString();
    malformed("group-short", "a handle of 120 bits", handle.substring(0, 20));
    malformed("group-long", "a handle of 136 bits", Base64Url.encode(new byte[17]));
    malformed("group-empty", "an empty handle", "");
    malformed("group-padded", "a handle with padding", handle + "==");
    malformed(
        "group-stray-bits",
        "a handle's unused bits are set: a second spelling of the same",
        handle.substring(0, 21) + (char) (handle.charAt(21) + 1));
    malformed("group-hex", "a handle in hexadecimal", "0".repeat(32));
    malformed("group-number", "a handle that is a number", 7L);
    malformed("group-array", "two handles", List.of(handle, handle));
  }

  private static GroupHandle handle(int number) {
    byte[] handle = new byte[GroupHandle.BYTES];
    Arrays.fill(handle, (byte) number);
    return GroupHandle.of(handle);
  }

  private String of(Object handle) {
    return issuer.issue(issuer.draft(key).claim(GroupHandle.CLAIM, handle), key);
  }

  private String issued(String handle, Instant at) {
    return issuer.issue(
        issuer
            .draft(key)
            .claim(GroupHandle.CLAIM, handle)
            .times(at, TokenCases.NOW.plus(Duration.ofMinutes(10))),
        key);
  }

  private void good(String name, String comment, String token) {
    cases.add(new Case(name, comment, TokenCases.VERIFIED, token, TokenCases.MAIL));
  }

  private void refused(String name, RefusalCode code, String comment, String token) {
    cases.add(new Case(name, comment, code.text(), token, TokenCases.MAIL));
  }

  private void malformed(String name, String comment, Object handle) {
    refused(name, RefusalCode.MALFORMED, comment, of(handle));
  }
}
