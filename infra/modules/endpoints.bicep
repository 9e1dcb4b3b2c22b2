metadata description = 'Private endpoints of storage accounts and vault, with the DNS zones that lead to them.'

param location string
param networkId string
param subnetId string
param accounts { name: string, services: ('blob' | 'queue' | 'table')[] }[]
param vaultName string
param tags object

var services = ['blob', 'queue', 'table']
var storageZones = [for service in services: 'privatelink.${service}.${environment().suffixes.storage}']
var vaultZone = 'privatelink${replace(environment().suffixes.keyvaultDns, 'vault', 'vaultcore')}'
var zoneNames = concat(storageZones, [vaultZone])
var links = flatten(map(accounts, account => map(account.services, service => {
  account: account.name
  service: service
  zone: indexOf(services, service)
})))

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for name in zoneNames: {
    name: name
    location: 'global'
    tags: tags
  }
]

resource zoneLinks 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (name, index) in zoneNames: {
    parent: zones[index]
    name: 'app'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: networkId
      }
    }
  }
]

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = [for link in links: { name: link.account }]

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

module storageEndpoints 'private_endpoint.bicep' = [
  for (link, index) in links: {
    params: {
      name: 'pe-${link.account}-${link.service}'
      location: location
      subnetId: subnetId
      targetId: storage[index].id
      group: link.service
      zoneId: zones[link.zone].id
      tags: tags
    }
  }
]

module vaultEndpoint 'private_endpoint.bicep' = {
  params: {
    name: 'pe-${vaultName}'
    location: location
    subnetId: subnetId
    targetId: vault.id
    group: 'vault'
    zoneId: zones[length(services)].id
    tags: tags
  }
}
