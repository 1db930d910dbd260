/**
 * What issuing costs: at the token endpoint, beside other servers, and in the signer by itself.
 *
 * <p>No figure counts anything but tokens that were checked or recorded.
 *
 * <p><b>Trust.</b> It holds the credentials of throwaway clients.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.benchmarks.issuing;
