/** Tests of reporting to the audit log. */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.auditclient;
