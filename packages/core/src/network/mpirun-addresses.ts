import { type Environment } from "../variables.js";

/**
 * The addresses of the host that mpirun runs on, as Open MPI tells those whom it starts:
 * "123.0;tcp://10.0.0.1,192.168.0.1:4000;tcp6://[fd00::1]:4000". Pure; none where no mpirun did.
 */
export function mpirunAddresses(environment: Environment): readonly string[] {
  const [, ...places] = (environment["OMPI_MCA_orte_hnp_uri"] ?? "").split(";");
  return places.flatMap((place) => {
    const [, hosts = ""] = /^tcp6?:\/\/(.*):\d+$/.exec(place) ?? [];
    return hosts.split(",").flatMap((host) => host.replaceAll(/[[\]]/g, "") || []);
  });
}
