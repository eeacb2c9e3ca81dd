// What `beamgate explain` takes: for the help, and for whoever asks nothing.

export const explainRequestUsage = `beamgate explain --config FILE [--user U --groups A,B --roles C --realm R] [--from ADDRESS]
                   [--claims FILE [--provider P]] (claims or a token, instead of --user; METHOD URL may then be left out)
                   [--header 'Name: value'] [--credential session|bearer|basic|header]
                   [--app A [--label-groups A,B]] METHOD URL`;

export const explainCodeUsage = 'beamgate explain CODE [--operations HOST:PORT] [--log FILE]';
